import type { FleetStage } from '@carillon/testkit'
import { waitUntil } from '../fleet/wait-until.ts'

const HOLD_MS_MAX = 90_000
const RECORD_MS_MAX = 4_000

/**
 * Kills the e-mail process after it has read the server's 250 and before its row says so, with no hook in it: the row is
 * locked from here, so that the statement which records the answer waits, and its backend is ended with the process.
 * Answers whose mail it was.
 */
export async function killAtBarrier({ pool, smtp, fleet }: FleetStage, name: string): Promise<string> {
  await smtp.behave({ at: 'accepted', hold: name, times: 1 })
  const { deliveryId } = await smtp.waitForHold(name, HOLD_MS_MAX)
  if (deliveryId === undefined) throw new Error('the held mail names no delivery')
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const { rows: own } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    await client.query(`SELECT FROM "NotificationDelivery" WHERE id = $1 FOR UPDATE`, [deliveryId])
    await smtp.releaseHold(name)
    const recording = await waitUntil('the answer being recorded', RECORD_MS_MAX, () =>
      findRecording(pool, own[0]?.pid ?? 0),
    )
    await fleet.kill('email')
    // A statement that has begun would go on without its client, and be committed once the lock is gone.
    for (const pid of recording) await pool.query('SELECT pg_terminate_backend($1, 5000)', [pid])
    await client.query('ROLLBACK')
    const { rows } = await client.query<{ status: string }>(`SELECT status FROM "NotificationDelivery" WHERE id = $1`, [
      deliveryId,
    ])
    if (rows[0]?.status !== 'SENDING') throw new Error(`killed at the barrier, but the row says ${rows[0]?.status}`)
    return deliveryId
  } finally {
    client.release(true)
  }
}

/** Whoever of the e-mail process waits for the lock that we hold: it touches this row for nothing but its answer. */
async function findRecording(pool: FleetStage['pool'], lockedBy: number) {
  const { rows } = await pool.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
     WHERE application_name LIKE 'carillon-email%' AND wait_event_type = 'Lock' AND $1 = ANY(pg_blocking_pids(pid))`,
    [lockedBy],
  )
  return { isSo: rows.length > 0, seen: rows.map(({ pid }) => pid) }
}
