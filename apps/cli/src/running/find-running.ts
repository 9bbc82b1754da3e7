import { readFile, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { DataDir } from './data-dir.ts'

export const runningSchema = z.object({
  pid: z.number(),
  api: z.string(),
  kafka: z.string(),
  apiKey: z.string(),
  dataDir: z.string(),
  database: z.string(),
})
export type Running = z.infer<typeof runningSchema>

export interface NotRunning {
  readonly problem: string
  readonly cure: string
}

/** The `up` that works on this data directory. Its number may be another process's after a kill, which no answer tells. */
export async function findRunning(dataDir: DataDir): Promise<Running | NotRunning> {
  const running = await readRunning(dataDir)
  if (running !== undefined && isAlive(running.pid)) return running
  return {
    problem: `nothing is running on ${dataDir.path}`,
    cure: `Start it with ./carillon up${dataDir.flag}, or name another directory with --data DIR.`,
  }
}

/** What the last `up` wrote, dead or alive. */
export async function readRunning(dataDir: DataDir): Promise<Running | undefined> {
  const text = await readFile(dataDir.running, 'utf8').catch(() => '')
  try {
    return runningSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Renamed into place: whoever looks meanwhile finds all of it or nothing. */
export async function writeRunning(dataDir: DataDir, running: Running): Promise<void> {
  const draft = `${dataDir.running}.new`
  await writeFile(draft, JSON.stringify(running), { mode: 0o600 })
  await rename(draft, dataDir.running)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process, but a living one.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
