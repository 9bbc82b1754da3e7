import { mkdir, rm } from 'node:fs/promises'
import { lockDirectory, stopAbandonedPostgres } from '@carillon/embedded'
import type { DataDir } from '../running/data-dir.ts'
import { explain } from '../running/explain.ts'
import { type NotRunning, readRunning } from '../running/find-running.ts'

const cure = 'Use that one, stop it first, or name another directory with --data DIR.'

export interface TakenDataDir {
  release(): void
}

/** One `up` a directory, also while it starts or stops. The lock goes with its process, so a kill leaves none behind. */
export async function takeDataDir(dataDir: DataDir): Promise<TakenDataDir | NotRunning> {
  await mkdir(dataDir.path, { recursive: true })
  try {
    return { release: lockDirectory(dataDir.path) }
  } catch (error) {
    const other = await readRunning(dataDir)
    if (other === undefined) return { problem: explain(error), cure }
    return { problem: `Carillon is up on ${dataDir.path} already (pid ${other.pid}), at ${other.api}`, cure }
  }
}

/** Only what is ours: whoever names a directory of their own by mistake must not lose it. */
export async function forgetData(dataDir: DataDir): Promise<void> {
  await stopAbandonedPostgres(dataDir.postgres)
  const { postgres, broker, secret, apiKey, outbox, log, olderLog, running } = dataDir
  const ours = [postgres, broker, secret, apiKey, outbox, log, olderLog, running]
  await Promise.all(ours.map((path) => rm(path, { recursive: true, force: true })))
}
