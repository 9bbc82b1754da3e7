import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { type AppName, startFleetProcess } from '@carillon/testkit'
import { waitUntil } from '../fleet/wait-until.ts'
import { waitUntilUp } from '../kills/kill-all.ts'
import type { FaultStage } from './open-fault-stage.ts'

/** SIGSTOP for a while; whoever was ended meanwhile has a successor. */
export async function freezePid(pid: number, forMs: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  await Bun.sleep(forMs)
  try {
    process.kill(pid, 'SIGCONT')
  } catch {
    // It is gone.
  }
}

export async function freezeApp(stage: FaultStage, name: AppName, forMs: number): Promise<void> {
  await waitUntilUp(stage, name)
  const pid = stage.fleet.pidOf(name)
  if (pid === undefined) throw new Error(`freeze ${name}: not running`)
  await freezePid(pid, forMs)
}

/** One more of its kind beside the fleet's own while something is done. */
export async function withTwin(
  { env, logDir }: FaultStage,
  name: AppName,
  act: () => Promise<unknown>,
  own: Readonly<Record<string, string>> = {},
): Promise<void> {
  const twin = await startFleetProcess({ name, env: { ...env, ...own }, logDir, readyTimeoutMs: 60_000 })
  try {
    await act()
  } finally {
    twin.kill('SIGTERM')
    await twin.exited
  }
}

/**
 * No file of the process may grow: what a full disk does, for these alone. Their own user asks for it, who alone may where
 * root is no more than a name.
 */
export async function limitFiles(pids: readonly number[], bytes: number | 'unlimited'): Promise<void> {
  for (const pid of pids) {
    const owner = await stat(`/proc/${pid}`).catch(() => undefined)
    if (!owner) continue
    const child = spawn('prlimit', [`--pid=${pid}`, `--fsize=${bytes}:`], { uid: owner.uid, gid: owner.gid })
    const [code] = await once(child, 'exit')
    if (code !== 0 && (await stat(`/proc/${pid}`).catch(() => undefined))) throw new Error(`limit the files of ${pid}`)
  }
}

export async function listChildren(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return text.split(' ').filter(Boolean).map(Number)
}

/** Waits and answers what was seen last instead of throwing: a fault reports what is broken, and goes on. */
export async function settle<T>(
  limitMs: number,
  look: () => Promise<{ readonly isSo: boolean; readonly seen: T }>,
): Promise<T> {
  let last: { seen: T } | undefined
  await waitUntil('settle', limitMs, async () => {
    const now = await look()
    last = now
    return now
  }).catch((error: unknown) => {
    if (!last) throw error
  })
  if (!last) throw new Error('settle: nothing was seen')
  return last.seen
}
