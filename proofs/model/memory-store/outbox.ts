import { OUTCOMES_TOPIC, type OutboxRow, type ReadRecord, TENANT_HEADER } from '@carillon/contracts'
import { ENDED, type Memory } from './memory.ts'
import type { StoredDelivery } from './rows.ts'

type OutboxRecord = OutboxRow['records'][number]

/** Writes one row for all deliveries that a statement ended, and answers with what is to be announced. */
export function keepOutcomes(memory: Memory, rows: readonly StoredDelivery[]): OutboxRow | null {
  return keep(
    memory,
    OUTCOMES_TOPIC,
    rows.filter((row) => ENDED.has(row.status)).map((row) => toOutcome(row, memory.nowMs())),
  )
}

export function keep(memory: Memory, topic: string, records: readonly OutboxRecord[]): OutboxRow | null {
  if (records.length === 0) return null
  const row: OutboxRow = { id: memory.newId(), topic, records }
  if (!memory.removed.has('D12 outbox'))
    memory.tables.outbox.set(row.id, { ...row, takenAt: null, createdAt: memory.nowMs() })
  return row
}

function toOutcome(row: StoredDelivery, nowMs: number): OutboxRecord {
  const { id: deliveryId, notificationId, channel, status, reason } = row
  const at = new Date(nowMs).toISOString()
  return outcomeRecord(row.tenantId, { deliveryId, notificationId, channel, status, reason, at })
}

/** As it is published; its id names the outcome for ever. */
export function outcomeRecord(tenantId: string, outcome: OutcomeOfRow): OutboxRecord {
  const { deliveryId, notificationId, status } = outcome
  const value = { id: `${deliveryId}.${status}`, ...outcome }
  return { key: notificationId, value: JSON.stringify(value), headers: { [TENANT_HEADER]: tenantId } }
}

export function readRecord(tenantId: string, read: ReadRecord): OutboxRecord {
  return { key: read.userId, value: JSON.stringify(read), headers: { [TENANT_HEADER]: tenantId } }
}

interface OutcomeOfRow {
  readonly deliveryId: string
  readonly notificationId: string
  readonly channel: string
  readonly status: string
  readonly reason: string | null
  readonly at: string
}
