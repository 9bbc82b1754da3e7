import { openThrowawayPostgres } from '@carillon/embedded'
import { Client } from 'pg'
import { readTestConfig } from '../config.ts'

export interface Turn {
  end(): Promise<void>
}

// "cari", "turn".
const lockKeys = [0x63617269, 0x7475726e]

/**
 * Fleets on one broker share their groups, so only one of them may run at a time. The lock lives in the Postgres that
 * the same run shares, and is free again when its holder is gone, however that happened.
 */
export async function waitForTurn(): Promise<Turn> {
  const client = new Client({
    connectionString: readTestConfig().postgres ?? (await openThrowawayPostgres()),
  })
  await client.connect()
  await client.query('SELECT pg_advisory_lock($1, $2)', lockKeys)
  return { end: () => client.end() }
}
