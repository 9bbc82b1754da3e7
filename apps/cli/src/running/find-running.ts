import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { DataDir } from './data-dir.ts'

export const runningSchema = z.object({
  pid: z.number(),
  api: z.string(),
  kafka: z.string(),
  apiKey: z.string(),
  dataDir: z.string(),
})
export type Running = z.infer<typeof runningSchema>

export interface NotRunning {
  readonly problem: string
  readonly cure: string
}

/** The `up` that works on this data directory, if it is alive. */
export async function findRunning(dataDir: DataDir): Promise<Running | NotRunning> {
  const text = await readFile(dataDir.running, 'utf8').catch(() => undefined)
  const running = text === undefined ? undefined : runningSchema.safeParse(JSON.parse(text)).data
  if (running !== undefined && isAlive(running.pid)) return running
  return {
    problem: `nothing is running on ${dataDir.path}`,
    cure: 'Start it with ./carillon up, or name another directory with --data DIR.',
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
