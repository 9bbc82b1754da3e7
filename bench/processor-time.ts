import { readdir, readFile } from 'node:fs/promises'
import type { Pool } from 'pg'

// sysconf(_SC_CLK_TCK), which is 100 on every Linux that Bun runs on.
const TICK_MS = 10

/** What a process has used of all cores since it began, in milliseconds. */
export async function readProcessorMs(pid: number): Promise<number> {
  const { ownMs } = await readStat(String(pid))
  return ownMs
}

/** The same of a whole Postgres on this machine: its server process, those that it has now, and those that have ended. */
export async function readPostgresMs(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const { parent: server } = await readStat(String(rows[0]?.pid))
  const { ownMs, endedChildrenMs } = await readStat(server)
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  // One that has ended meanwhile is among the ended ones of the next look.
  const all = await Promise.all(pids.map((pid) => readStat(pid).catch(() => undefined)))
  const children = all.filter((one) => one?.parent === server)
  return children.reduce((sum, one) => sum + (one?.ownMs ?? 0), ownMs + endedChildrenMs)
}

interface Stat {
  readonly parent: string
  readonly ownMs: number
  readonly endedChildrenMs: number
}

async function readStat(pid: string): Promise<Stat> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name stands in brackets and may hold anything; the parent is the 2nd behind it, times begin with the 12th.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15).map(Number)
  return {
    parent: fields[1] ?? '',
    ownMs: (user + system) * TICK_MS,
    endedChildrenMs: (endedUser + endedSystem) * TICK_MS,
  }
}
