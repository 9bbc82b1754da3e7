import { type Channel, type DeliveryStatus, deriveDeliveryId, type FailedDelivery } from '@carillon/contracts'
import type { DeliveryCount, DeliveryDesk, ReplayedDelivery } from '@carillon/http-api'
import type { Pool, PoolClient } from 'pg'
import { runStatement } from '../run-statement.ts'
import {
  COUNT_DELIVERIES,
  INSERT_REPLAYS,
  LIST_FAILURES,
  LOCK_NOTIFICATIONS_OF,
  READ_REPLAYABLE,
} from '../sql/admin.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'

export function createAdminStore({ pool }: { readonly pool: Pool }): DeliveryDesk {
  return {
    countDeliveries: (tenantId, since) =>
      repeatConflicts('count deliveries', () =>
        runStatement<DeliveryCount>(pool, COUNT_DELIVERIES, [tenantId, since.toISOString()]),
      ),
    async listFailures({ tenantId, channel, since, after, limit }) {
      const position = [after?.createdAt ?? null, after?.id ?? null]
      const values = [tenantId, channel ?? null, since.toISOString(), ...position, limit]
      const rows = await repeatConflicts('list failures', () => runStatement<FailureRow>(pool, LIST_FAILURES, values))
      return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }))
    },
    replayDeliveries: (tenantId, ids) =>
      repeatConflicts('replay deliveries', () =>
        inTransaction(pool, (client) => replayAll(client, tenantId, [...new Set(ids)])),
      ),
  }
}

type FailureRow = Omit<FailedDelivery, 'createdAt'> & { readonly createdAt: Date }

interface ReplayableRow {
  readonly id: string
  readonly notificationId: string
  readonly channel: Channel
  readonly step: number
  readonly replay: number
  readonly status: DeliveryStatus
  readonly isStopped: boolean
  readonly lastReplay: number
}

/** Two statements under READ COMMITTED, as a stop is: what a stop or another replay committed before the lock is seen. */
async function replayAll(client: PoolClient, tenantId: string, ids: readonly string[]): Promise<ReplayedDelivery[]> {
  await runStatement(client, LOCK_NOTIFICATIONS_OF, [tenantId, ids])
  const rows = await runStatement<ReplayableRow>(client, READ_REPLAYABLE, [tenantId, ids])
  const answers = new Map(rows.map((row) => [row.id, { row, answer: decideReplay(row) }]))
  const replays = [...answers.values()].flatMap(({ row, answer }) => (answer === 'replayed' ? [row] : []))
  if (replays.length > 0)
    await runStatement(client, INSERT_REPLAYS, [replays.map((row) => row.id), replays.map(deriveReplayId)])
  return ids.map((id) => {
    const { row, answer = 'not_found' } = answers.get(id) ?? {}
    return { id, answer, deliveryId: row && answer === 'replayed' ? deriveReplayId(row) : null }
  })
}

const REPLAYABLE: readonly DeliveryStatus[] = ['FAILED', 'EXPIRED', 'SUPPRESSED']

function decideReplay({ replay, lastReplay, status, isStopped }: ReplayableRow): ReplayedDelivery['answer'] {
  if (lastReplay > replay) return 'replayed_before'
  if (!REPLAYABLE.includes(status)) return 'not_failed'
  return isStopped ? 'stopped' : 'replayed'
}

function deriveReplayId({ notificationId, channel, step, replay }: ReplayableRow): string {
  return deriveDeliveryId(notificationId, channel, step, replay + 1)
}
