import { join } from 'node:path'

export type Config = {
  rootDir: string
  isCi: boolean
  // Handed to every process that is started on the way, so it must be the whole of it.
  environment: Record<string, string | undefined>
}

export function readConfig(): Config {
  return {
    rootDir: join(import.meta.dirname, '../../..'),
    isCi: Boolean(process.env.CI),
    environment: { ...process.env },
  }
}
