import type { ClaimedDelivery, DeliveryResult } from '@carillon/delivery'
import type { SavedChunk } from '@carillon/routing'
import { buildChunk, type EventToBuild } from './build-chunk.ts'
import type { TestStore } from './open-test-store.ts'

export interface DeliveryRow {
  readonly id: string
  readonly notificationId: string
  readonly channel: string
  readonly step: number
  readonly status: string
  readonly reason: string | null
  readonly error: string | null
  readonly fence: number
  readonly attemptCount: number
  readonly resends: number
  readonly possiblySent: boolean
  readonly dueAt: Date | null
  readonly scheduledFor: Date | null
  readonly leaseUntil: Date | null
  readonly dispatchId: string | null
  readonly stopRequestedAt: Date | null
  readonly sentAt: Date | null
  readonly deliveredAt: Date | null
}

export async function readDelivery(store: TestStore, id: string): Promise<DeliveryRow> {
  const { rows } = await store.pool.query<DeliveryRow>('SELECT * FROM "NotificationDelivery" WHERE id = $1', [id])
  if (!rows[0]) throw new Error(`no delivery ${id}`)
  return rows[0]
}

/** The deliveries of a notification, in the order of their steps. */
export async function readDeliveries(store: TestStore, notificationId: string): Promise<DeliveryRow[]> {
  const text = 'SELECT * FROM "NotificationDelivery" WHERE "notificationId" = $1 ORDER BY step, replay, channel'
  return (await store.pool.query<DeliveryRow>(text, [notificationId])).rows
}

export async function readNotification(store: TestStore, id: string) {
  return (await store.pool.query('SELECT * FROM "Notification" WHERE id = $1', [id])).rows[0]
}

export async function readEvent(store: TestStore, id: string) {
  return (await store.pool.query('SELECT * FROM "Event" WHERE id = $1', [id])).rows[0]
}

export async function readAttempts(store: TestStore, deliveryId: string) {
  const text = 'SELECT * FROM "DeliveryAttempt" WHERE "deliveryId" = $1 ORDER BY number'
  return (await store.pool.query(text, [deliveryId])).rows
}

export async function change(store: TestStore, id: string, assignments: string): Promise<void> {
  await store.pool.query(`UPDATE "NotificationDelivery" SET ${assignments} WHERE id = $1`, [id])
}

export async function countRows(store: TestStore, table: string, where = 'true'): Promise<number> {
  const { rows } = await store.pool.query<{ count: number }>(`SELECT count(*)::int FROM "${table}" WHERE ${where}`)
  return rows[0]?.count ?? 0
}

/** What the stores announced of a delivery, in order: `STATUS reason`. */
export function outcomesOf(store: TestStore, deliveryId: string): string[] {
  return store.announced
    .flatMap((row) => row.records.map((record) => JSON.parse(record.value)))
    .filter((value) => value.deliveryId === deliveryId)
    .map((value) => `${value.status} ${value.reason}`)
}

export interface PlannedOne {
  readonly saved: SavedChunk
  readonly notificationId: string
  readonly eventId: string
  readonly deliveryIds: readonly string[]
}

/** One event for one person, saved; `deliveryIds` in the order of the event's deliveries. */
export async function planOne(store: TestStore, event: EventToBuild = {}): Promise<PlannedOne> {
  const chunk = buildChunk(event)
  const [notification] = chunk.notifications
  if (!notification) throw new Error('the event has nobody')
  const saved = await store.routing.savePlans(chunk)
  return {
    saved,
    notificationId: notification.id,
    eventId: notification.eventId,
    deliveryIds: notification.deliveryIds,
  }
}

/** An e-mail of its own, PENDING. */
export async function planEmail(store: TestStore, event: EventToBuild = {}) {
  const planned = await planOne(store, { deliveries: [{ channel: 'EMAIL' }], ...event })
  return { ...planned, id: planned.deliveryIds[0] ?? '' }
}

export function claim(store: TestStore, ids: readonly string[], leaseMs = 60_000) {
  return store.delivery.claimDeliveries(
    ids.map((id) => ({ id, addressHash: `hash of ${id}`, provider: 'smtp' })),
    leaseMs,
  )
}

export async function claimOne(store: TestStore, id: string, leaseMs?: number): Promise<ClaimedDelivery> {
  const [claimed] = await claim(store, [id], leaseMs)
  if (!claimed) throw new Error(`delivery ${id} could not be claimed`)
  return claimed
}

export function accepted({ id, fence, attemptCount }: ClaimedDelivery): DeliveryResult {
  return {
    id,
    tenantId: 'default',
    channel: 'EMAIL',
    fence,
    status: 'SENT',
    dueInMs: null,
    attemptCount,
    outcome: 'accepted',
    reason: null,
    error: null,
    provider: 'smtp',
    providerMessageId: `message ${id}`,
    suppressAddressHash: null,
    deadTokens: [],
  }
}

export function retried(claimed: ClaimedDelivery, dueInMs: number): DeliveryResult {
  const { attemptCount } = claimed
  return {
    ...accepted(claimed),
    status: 'SCHEDULED',
    dueInMs,
    attemptCount,
    outcome: 'unavailable',
    reason: 'greylisted',
    error: '451 later',
    providerMessageId: null,
  }
}

export function rejected(claimed: ClaimedDelivery): DeliveryResult {
  return {
    ...accepted(claimed),
    status: 'FAILED',
    outcome: 'rejected',
    reason: 'no_such_mailbox',
    error: '550 5.1.1',
    providerMessageId: null,
    suppressAddressHash: `hash of ${claimed.id}`,
  }
}

export function unanswered(claimed: ClaimedDelivery, dueInMs = 60_000): DeliveryResult {
  return {
    ...accepted(claimed),
    status: 'UNKNOWN',
    dueInMs,
    outcome: 'unknown',
    reason: 'connection_lost',
    error: 'reset',
    providerMessageId: null,
  }
}
