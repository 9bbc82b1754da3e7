import { setTimeout as wait } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { isServerOf } from './postmaster-pid.ts'

const fastMs = 2_000
const immediateMs = 5_000

/**
 * Fast first: it ends all sessions and writes a checkpoint. When that takes long, at once: nothing that was committed
 * is lost, only the next start replays it.
 */
export async function stopServer(cluster: Cluster, pid: number): Promise<void> {
  for (const [signal, limitMs] of [
    ['SIGINT', fastMs],
    ['SIGQUIT', immediateMs],
  ] as const) {
    if (!isServerOf(cluster.pgdata, pid)) return
    process.kill(pid, signal)
    if (await isGoneWithin(cluster, pid, limitMs)) return
  }
  throw new Error(`Postgres (process ${pid}) in ${cluster.dataDir} did not stop`)
}

async function isGoneWithin(cluster: Cluster, pid: number, limitMs: number): Promise<boolean> {
  for (const deadlineMs = performance.now() + limitMs; performance.now() < deadlineMs; await wait(10)) {
    if (!isServerOf(cluster.pgdata, pid)) return true
  }
  return false
}
