import { composeDigest, type DigestClockStore, type DigestLine } from '@carillon/clock'
import { type Channel, deriveDeliveryId } from '@carillon/contracts'
import type { Pool, PoolClient } from 'pg'
import { onlyRow, runStatement, toColumns } from '../run-statement.ts'
import { CLOSE_DIGESTS, DELETE_CLOSED_DIGESTS, READ_DIGEST_MEMBERS, TAKE_DUE_DIGESTS } from '../sql/digest.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'

interface DueDigest {
  readonly id: string
  readonly channel: Channel
}

interface MembersRow {
  readonly id: string
  readonly count: number
  readonly listed: readonly DigestLine[]
  readonly expiresAt: Date
  readonly maxAttempts: number
  readonly atMostOnce: boolean
  readonly locale: string | null
}

export function createDigestStore({ pool }: { readonly pool: Pool }): DigestClockStore {
  return {
    closeDigests: (limit) =>
      repeatConflicts('close digests', () => inTransaction(pool, (client) => closeDigests(client, limit))),
    async deleteClosed(olderThanMs, limit) {
      const remove = () => runStatement<{ deleted: number }>(pool, DELETE_CLOSED_DIGESTS, [olderThanMs / 1_000, limit])
      return onlyRow(await repeatConflicts('delete closed digests', remove)).deleted
    },
  }
}

/** take → compose → close, under the locks of the first statement. */
async function closeDigests(client: PoolClient, limit: number): Promise<number> {
  const due = await runStatement<DueDigest & Record<string, unknown>>(client, TAKE_DUE_DIGESTS, [limit])
  if (due.length === 0) return 0
  const ids = due.map(({ id }) => id)
  const channels = new Map(due.map(({ id, channel }) => [id, channel]))
  const rows = await runStatement<MembersRow & Record<string, unknown>>(client, READ_DIGEST_MEMBERS, [ids])
  const composed = rows.map((row) => ({ ...row, ...composeDigest(row) }))
  const columns = toColumns(composed, [
    ({ id }) => id,
    ({ id }) => deriveDeliveryId(id, channels.get(id) ?? '', 0, 0),
    ({ title }) => title,
    ({ message }) => message,
    ({ locale }) => locale,
    ({ expiresAt }) => expiresAt.toISOString(),
    ({ maxAttempts }) => maxAttempts,
    ({ atMostOnce }) => atMostOnce,
  ])
  await runStatement(client, CLOSE_DIGESTS, [ids, ...columns])
  return due.length
}
