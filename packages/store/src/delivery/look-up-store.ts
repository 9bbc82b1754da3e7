import type { Channel } from '@carillon/contracts'
import type { LookUpStore, UnknownDelivery } from '@carillon/delivery'
import type { Pool } from 'pg'
import { runStatement, toColumns } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import { type ContactRow, openContact } from '../sealing/contact.ts'
import type { FieldCipher } from '../sealing/field-cipher.ts'
import { FIND_TAKEN_MESSAGES, GIVE_UP_ASKING, LOAD_UNKNOWN } from '../sql/look-up.ts'
import { repeatConflicts } from '../transaction.ts'
import { type ContentRow, toContent } from './load-deliveries.ts'

interface UnknownRow extends ContentRow, Omit<ContactRow, 'channel'> {
  readonly id: string
  readonly notificationId: string
  readonly tenantId: string
  readonly channel: Channel
  readonly fence: number
  readonly attemptCount: number
  readonly maxAttempts: number
  readonly category: string | null
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
      return rows.map((row) => toUnknown(row, cipherOf(pool)))
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

function toUnknown(row: UnknownRow, cipher: FieldCipher): UnknownDelivery {
  const { id, notificationId, tenantId, channel, fence, attemptCount, maxAttempts } = row
  const { provider, addressHash, startedAt } = row
  const { contact, email, phone } = openContact(row, cipher)
  const address = channel === 'EMAIL' ? contact?.email || email : contact?.phone || phone
  return {
    ...{ id, notificationId, tenantId, channel, fence, attemptCount, maxAttempts },
    ...{ provider, addressHash, startedAt },
    category: row.category ?? 'general',
    content: toContent(row, cipher),
    address: address || null,
  }
}
