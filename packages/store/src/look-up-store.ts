import type { Channel } from '@carillon/contracts'
import type { LookUpStore, UnknownDelivery } from '@carillon/delivery'
import type { Pool } from 'pg'
import { type ContentRow, toContent } from './load-deliveries.ts'
import { runStatement, toColumns } from './run-statement.ts'
import { FIND_TAKEN_MESSAGES, GIVE_UP_ASKING, LOAD_UNKNOWN } from './sql/look-up.ts'
import { repeatConflicts } from './transaction.ts'

interface UnknownRow extends ContentRow {
  readonly id: string
  readonly notificationId: string
  readonly tenantId: string
  readonly channel: Channel
  readonly fence: number
  readonly attemptCount: number
  readonly maxAttempts: number
  readonly category: string | null
  readonly contact: { readonly email?: string; readonly phone?: string } | null
  readonly email: string | null
  readonly phone: string | null
  readonly provider: string | null
  readonly addressHash: string | null
  readonly startedAt: Date
}

export function createLookUpStore({ pool }: { readonly pool: Pool }): LookUpStore {
  return {
    async loadUnknown(ids) {
      const rows = await repeatConflicts('load unknown deliveries', () =>
        runStatement<UnknownRow>(pool, LOAD_UNKNOWN, [ids]),
      )
      return rows.map(toUnknown)
    },
    async findTaken(messages) {
      const columns = toColumns(messages, [
        (one) => one.deliveryId,
        (one) => one.attempt,
        (one) => one.providerMessageId,
      ])
      const rows = await repeatConflicts('find taken messages', () =>
        runStatement<{ messageId: string }>(pool, FIND_TAKEN_MESSAGES, columns),
      )
      return new Set(rows.map(({ messageId }) => messageId))
    },
    async giveUpAsking(rows) {
      const columns = toColumns(rows, [(one) => one.id, (one) => one.fence])
      await repeatConflicts('give up asking', () => runStatement(pool, GIVE_UP_ASKING, columns))
    },
  }
}

function toUnknown(row: UnknownRow): UnknownDelivery {
  const { id, notificationId, tenantId, channel, fence, attemptCount, maxAttempts } = row
  const { contact, email, phone, provider, addressHash, startedAt } = row
  const address = channel === 'EMAIL' ? contact?.email || email : contact?.phone || phone
  return {
    ...{ id, notificationId, tenantId, channel, fence, attemptCount, maxAttempts },
    ...{ provider, addressHash, startedAt },
    category: row.category ?? 'general',
    content: toContent(row),
    address: address || null,
  }
}
