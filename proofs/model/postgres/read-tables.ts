import { OUTCOMES_TOPIC } from '@carillon/contracts'
import type { Pool } from 'pg'
import { outcomeRecord, readRecord } from '../memory-store/outbox.ts'
import { rowKey, type StoredOutbox, type Tables } from '../memory-store/rows.ts'

/** What the in-memory tables hold, read from Postgres; in one statement, because it is done after every step. */
export async function readTables(pool: Pool): Promise<Tables> {
  const { rows } = await pool.query<{ tables: Record<string, unknown[]> }>(READ)
  const read = rows[0]?.tables ?? {}
  return {
    events: toMap(read.events, ['tenantId', 'id']),
    notifications: toMap(read.notifications, ['id']),
    deliveries: toMap(read.deliveries, ['id']),
    attempts: toMap(read.attempts, ['deliveryId', 'number']),
    dispatches: toMap(read.dispatches, ['id']),
    outbox: new Map([...toMap<OutboxTuples>(read.outbox, ['id'])].map(([id, row]) => [id, toOutboxRow(row)])),
    suppressions: toMap(read.suppressions, ['tenantId', 'channel', 'addressHash']),
    people: new Map(),
    categories: new Map(),
    tenants: new Map(),
    servedChannels: new Set(),
  }
}

type OutcomeTuple = readonly [string, string, string, string, string, string | null, number]
type ReadTuple = readonly [string, string, string, string]

interface OutboxTuples extends Omit<StoredOutbox, 'records'> {
  readonly records: readonly (OutcomeTuple | ReadTuple)[]
}

function toOutboxRow(row: OutboxTuples): StoredOutbox {
  return { ...row, records: row.records.map((tuple) => toRecord(row.topic, tuple)) }
}

function toRecord(topic: string, tuple: OutcomeTuple | ReadTuple): StoredOutbox['records'][number] {
  if (topic !== OUTCOMES_TOPIC || tuple.length === 4) {
    const [tenantId, notificationId, userId, readAt] = tuple
    return readRecord(tenantId, { notificationId, userId, readAt })
  }
  const [deliveryId, notificationId, tenantId, channel, status, reason, atMs] = tuple
  const at = new Date(atMs).toISOString()
  return outcomeRecord(tenantId, { deliveryId, notificationId, channel, status, reason, at })
}

// The rows come from this file's own statement, so their shape is not in doubt.
function toMap<Row>(rows: unknown[] | undefined, key: readonly string[]): Map<string, Row> {
  const records = (rows ?? []) as Record<string, string | number>[]
  return new Map(records.map((row) => [rowKey(...key.map((column) => row[column] ?? '')), row as Row]))
}

const ms = (column: string) => `'${column}', (extract(epoch FROM "${column}") * 1000)::bigint`
const as = (column: string) => `'${column}', "${column}"`

function table(name: string, columns: string, times: string): string {
  const pairs = [...columns.split(' ').map(as), ...times.split(' ').map(ms)]
  return `(SELECT coalesce(json_agg(json_build_object(${pairs.join(', ')})), '[]') FROM "${name}")`
}

const EVENTS = table(
  'Event',
  'tenantId id type category fingerprint state reason cancelKey recipientCount notificationCount traceparent',
  'acceptedAt plannedAt',
)
const NOTIFICATIONS = table(
  'Notification',
  'id tenantId recipientId eventId groupId category priority strategy lane title message metadata contact locale stopOn inInbox traceparent',
  'readAt acknowledgedAt cancelledAt expiresAt plannedAt createdAt',
)
const DELIVERIES = table(
  'NotificationDelivery',
  'id notificationId tenantId recipientId channel step replay status lane attemptCount maxAttempts resends possiblySent atMostOnce fence dispatchId stopOn provider reason error',
  'scheduledFor dueAt expiresAt leaseUntil stopRequestedAt sentAt deliveredAt',
)
const ATTEMPTS = table(
  'DeliveryAttempt',
  'deliveryId number fence provider providerMessageId addressHash outcome reason error',
  'startedAt endedAt',
)
const DISPATCHES = table('Dispatch', 'id channel lane parts looks', 'dueAt')
const OUTBOX = table('Outbox', 'id topic records', 'takenAt createdAt')
const SUPPRESSIONS = `(SELECT coalesce(json_agg(json_build_object('tenantId', "tenantId", 'channel', channel,
  'addressHash', "addressHash", 'reason', reason, 'deliveryId', "deliveryId")), '[]') FROM "Suppression")`

const READ = `SELECT json_build_object('events', ${EVENTS}, 'notifications', ${NOTIFICATIONS}, 'deliveries', ${DELIVERIES},
  'attempts', ${ATTEMPTS}, 'dispatches', ${DISPATCHES}, 'outbox', ${OUTBOX}, 'suppressions', ${SUPPRESSIONS}) AS tables`
