import { type Channel, type DeliveryStatus, deriveDeliveryId, type FailedDelivery } from '@carillon/contracts'
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

export interface DeliveryCount {
  readonly channel: Channel
  readonly status: DeliveryStatus
  readonly count: number
  readonly possiblySent: number
}

export interface FailurePage {
  readonly tenantId: string
  readonly channel: Channel | undefined
  readonly since: Date
  readonly after: { readonly createdAt: string; readonly id: string } | undefined
  readonly limit: number
}

export type ReplayAnswer = 'replayed' | 'stopped' | 'not_failed' | 'replayed_before' | 'not_found'

export interface ReplayedDelivery {
  readonly id: string
  readonly answer: ReplayAnswer
  /** The new row. */
  readonly deliveryId: string | null
}

export interface AdminStore {
  countDeliveries(tenantId: string, since: Date): Promise<readonly DeliveryCount[]>
  listFailures(page: FailurePage): Promise<readonly FailedDelivery[]>
  replayDeliveries(tenantId: string, ids: readonly string[]): Promise<readonly ReplayedDelivery[]>
}

export function createAdminStore({ pool }: { readonly pool: Pool }): AdminStore {
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

function decideReplay({ replay, lastReplay, status, isStopped }: ReplayableRow): ReplayAnswer {
  if (lastReplay > replay) return 'replayed_before'
  if (!REPLAYABLE.includes(status)) return 'not_failed'
  return isStopped ? 'stopped' : 'replayed'
}

function deriveReplayId({ notificationId, channel, step, replay }: ReplayableRow): string {
  return deriveDeliveryId(notificationId, channel, step, replay + 1)
}
