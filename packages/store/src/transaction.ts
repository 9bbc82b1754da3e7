import { setTimeout as wait } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'

const DEADLOCK = '40P01'
const SERIALIZATION_FAILURE = '40001'
const REPEATS_MAX = 8

/** READ COMMITTED, always: a stop needs each statement to see what was committed before it. */
export async function inTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
  isKept: (result: Result) => boolean = () => true,
): Promise<Result> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
    const result = await work(client)
    await client.query(isKept(result) ? 'COMMIT' : 'ROLLBACK')
    client.release()
    return result
  } catch (error) {
    const isUsable = await client.query('ROLLBACK').then(
      () => true,
      () => false,
    )
    client.release(!isUsable)
    throw error
  }
}

/** Postgres asks for a repetition with these two; the fence makes it harmless (D4). */
export async function repeatConflicts<Result>(action: string, work: () => Promise<Result>): Promise<Result> {
  for (let repeats = 0; ; repeats++) {
    try {
      return await work()
    } catch (cause) {
      const code = sqlStateOf(cause)
      const isConflict = code === DEADLOCK || code === SERIALIZATION_FAILURE
      if (!isConflict || repeats === REPEATS_MAX) throw new Error(action, { cause })
      // Spread, or the two would meet again.
      await wait(Math.random() * 10 * 2 ** Math.min(repeats, 4))
    }
  }
}

export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return 'cause' in error ? sqlStateOf(error.cause) : undefined
}
