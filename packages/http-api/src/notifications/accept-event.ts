import {
  ACCEPTED_AT_HEADER,
  type Accepted,
  countRecipients,
  eventSchema,
  eventsTopic,
  laneOf,
  type NormalizedEvent,
  type NotificationEvent,
  normalizeEvent,
  type Problem,
  TENANT_HEADER,
} from '@carillon/contracts'
import { context, propagation } from '@opentelemetry/api'
import { z } from 'zod'
import type { Exchange } from '../exchange.ts'
import { findMisspelt } from '../find-misspelt.ts'
import type { EventToPublish } from '../ports.ts'
import { findUnknownNames, namesSomething, readNames } from './find-unknown-names.ts'

/** What one event goes through on its way into the log, alone or in a batch. */

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/
export const idempotencyHeaders = z.object({ 'idempotency-key': z.string().regex(IDEMPOTENCY_KEY).optional() })

export function findKeyProblems(key: string | null): Problem[] {
  if (key === null || IDEMPOTENCY_KEY.test(key)) return []
  return [{ path: 'Idempotency-Key', message: 'must be 1 to 255 printable ASCII characters without spaces' }]
}

export type CheckedEvent =
  | { readonly ok: true; readonly event: NotificationEvent }
  | { readonly ok: false; readonly code: 'invalid_event'; readonly problems: readonly Problem[] }

/**
 * Everything that can be said of an event before it is planned, so that one answer lists every problem. At once for an event that
 * names nothing that would have to be looked up, as most do.
 */
export function checkEvent(
  { ports }: Pick<Exchange, 'ports'>,
  tenantId: string,
  body: unknown,
  acceptedAt: Date,
): CheckedEvent | Promise<CheckedEvent> {
  const normalized = normalizeEvent(body, acceptedAt)
  const found = [
    ...findIdProblems(body),
    ...findMisspelt(body, eventSchema.shape),
    ...(normalized.ok ? [] : normalized.problems),
  ]
  const names = normalized.ok ? normalized.event : readNames(body)
  if (!namesSomething(names)) return conclude(normalized, found)
  return findUnknownNames(ports, tenantId, names).then((unknown) => conclude(normalized, [...found, ...unknown]))
}

function conclude(normalized: NormalizedEvent, problems: readonly Problem[]): CheckedEvent {
  if (!normalized.ok || problems.length > 0) return { ok: false, code: 'invalid_event', problems }
  return { ok: true, event: normalized.event }
}

function findIdProblems(body: unknown): Problem[] {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'id')) return []
  const message = 'is given by the API; name a notification by notificationId, or send an Idempotency-Key'
  return [{ path: 'id', message }]
}

export function toEventRecord(
  tenantId: string,
  id: string,
  event: NotificationEvent,
  acceptedAt: Date,
): EventToPublish {
  const headers: Record<string, string> = { [TENANT_HEADER]: tenantId, [ACCEPTED_AT_HEADER]: acceptedAt.toISOString() }
  propagation.inject(context.active(), headers)
  return {
    topic: eventsTopic(laneOf(event.notificationPriority)),
    key: event.cancelKey ?? id,
    value: JSON.stringify({ id, ...event }),
    headers,
  }
}

export function describeAccepted(id: string, event: NotificationEvent): Accepted {
  return {
    success: true,
    message: 'Notification queued for delivery',
    recipientCount: countRecipients(event),
    eventId: id,
    statusUrl: `/api/events/${id}`,
  }
}
