import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'

// "cari", "data": two numbers that only have to differ from other people's.
const lockKeys = [0x63617269, 0x64617461]
// A process that was just killed holds the lock until its backend has noticed.
const waitMs = 1_000

/**
 * One process at a time uses a data directory. The lock is a session's: it goes with the process, however that ends,
 * so there is no stale lock file and no number of a process that means another one by now.
 */
export async function takeOwnership(client: Client, dataDir: string): Promise<void> {
  for (const deadlineMs = performance.now() + waitMs; ; await wait(20)) {
    const { rows } = await client.query('select pg_try_advisory_lock($1, $2) as taken', lockKeys)
    if (rows[0]?.taken === true) return
    if (performance.now() > deadlineMs) throw new Error(await describeHolder(client, dataDir))
  }
}

async function describeHolder(client: Client, dataDir: string): Promise<string> {
  const { rows } = await client.query(
    `select a.application_name as name from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and l.classid = $1 and l.objid = $2`,
    lockKeys,
  )
  const holder = /^carillon (\d+)$/.exec(String(rows[0]?.name))?.[1]
  const who = holder ? `process ${holder}` : 'another process'
  return `${dataDir} is in use by ${who}: stop it, or choose another data directory`
}
