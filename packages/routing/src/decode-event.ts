import { hash } from 'node:crypto'
import {
  DEFAULT_TENANT,
  type DeadLetterReason,
  derivePositionId,
  identifier,
  type NotificationEvent,
  normalizeEvent,
  type Problem,
  parseStrictJson,
} from '@carillon/contracts'
import type { EventRecord } from './event-record.ts'

export interface DecodedEvent {
  readonly record: EventRecord
  readonly tenantId: string
  readonly id: string
  readonly event: NotificationEvent
  readonly fingerprint: string
  readonly acceptedAt: Date
  /** Only of an event that was held: its age counts from here. */
  readonly releasedAt?: Date
  readonly traceparent: string | null
}

export interface RefusedRecord {
  readonly record: EventRecord
  readonly reason: DeadLetterReason
  readonly message: string
}

export type Decoded =
  | { readonly ok: true; readonly event: DecodedEvent }
  | { readonly ok: false; readonly refused: RefusedRecord }

/** Total: whatever a producer wrote, the answer is an event or a reason why it is none. */
export function decodeEvent(record: EventRecord): Decoded {
  const refuse = (reason: DeadLetterReason, message: string): Decoded => ({
    ok: false,
    refused: { record, reason, message },
  })
  if (record.value === null) return refuse('malformed', 'the record has no value; send the event as JSON')
  const json = parseStrictJson(record.value)
  if (!json.ok) return refuse('malformed', json.problem)
  const tenantId = record.tenantId ?? DEFAULT_TENANT
  if (!isTenantId(tenantId)) return refuse('malformed', 'header tenant-id is not an id of 1 to 128 characters')
  const acceptedAt = readAcceptedAt(record)
  const normalized = normalizeEvent(json.value, acceptedAt)
  if (!normalized.ok) return refuse('malformed', describeProblems(normalized.problems))
  const { event } = normalized
  const id =
    event.id ?? derivePositionId(record.topic, record.partition, String(record.offset), String(record.timestampMs))
  const traceparent = record.traceparent ?? null
  const fingerprint = fingerprintEvent(event)
  return { ok: true, event: { record, tenantId, id, event, fingerprint, acceptedAt, traceparent } }
}

let lastTenantId: string | undefined

/** Most records are of the tenant of the one before. */
function isTenantId(tenantId: string): boolean {
  if (tenantId !== lastTenantId && !identifier.safeParse(tenantId).success) return false
  lastTenantId = tenantId
  return true
}

/**
 * What makes two events the same. The id is what they are compared by, and `sendAt` may come from a `delay`, which a
 * second acceptance of the same event turns into another time.
 */
export function fingerprintEvent(event: NotificationEvent): string {
  const { id: _id, sendAt: _sendAt, ...content } = event
  return hash('sha256', JSON.stringify(content), 'base64url').slice(0, 32)
}

function readAcceptedAt(record: EventRecord): Date {
  const accepted = new Date(record.acceptedAt ?? record.timestampMs)
  const isTime = !Number.isNaN(accepted.getTime())
  return isTime ? accepted : new Date(record.timestampMs)
}

export function describeProblems(problems: readonly Problem[]): string {
  return problems.map((problem) => (problem.path ? `${problem.path}: ${problem.message}` : problem.message)).join('; ')
}
