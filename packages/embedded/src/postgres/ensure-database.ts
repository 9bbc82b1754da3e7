import { type Client, DatabaseError } from 'pg'
import { database } from './server-settings.ts'

export async function ensureDatabase(client: Client): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [database])
  if (rowCount) return
  try {
    await client.query(`create database ${database}`)
  } catch (error) {
    // Somebody else was first; the second code is the same thing, seen by the index.
    if (!(error instanceof DatabaseError && ['42P04', '23505'].includes(error.code ?? ''))) throw error
  }
}
