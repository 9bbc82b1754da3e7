import { createHash } from 'node:crypto'
import {
  ACCEPTED_AT_HEADER,
  acceptedSchema,
  countRecipients,
  eventSchema,
  eventsTopic,
  laneOf,
  mintEventId,
  type NotificationEvent,
  normalizeEvent,
  type Problem,
  readEventTime,
  TENANT_HEADER,
  unsupportedFeatures,
} from '@carillon/contracts'
import { context, propagation } from '@opentelemetry/api'
import { z } from 'zod'
import { type Answer, answerInvalid, answerJson, answerProblem } from '../answer.ts'
import type { BodyReader } from '../parse-inputs.ts'
import type { EventToPublish } from '../ports.ts'
import { type Call, defineRoute } from '../route.ts'
import { findTemplateProblems } from '../templates/check-event-template.ts'

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/

const { id: _id, ...fieldsWithoutId } = eventSchema.shape

/** `normalizeEvent` knows more spellings than the schema shows, and needs the time of acceptance. */
const eventBody: BodyReader<unknown> = {
  schema: z.object(fieldsWithoutId),
  isOptional: false,
  parse: (value) => ({ ok: true, value }),
}

export const postNotification = defineRoute({
  method: 'post',
  path: '/api/notifications',
  access: { scope: 'events:write', people: 'scoped' },
  summary: 'Notify people',
  description:
    'Answers 202 once Kafka holds the event durably. After any other answer, or none, repeat the request with the same ' +
    'Idempotency-Key: within 48 hours it is the same event, and nobody is notified twice.',
  headers: z.object({ 'idempotency-key': z.string().regex(IDEMPOTENCY_KEY).optional() }),
  body: eventBody,
  answers: {
    202: { description: 'The event is durable and will be delivered', schema: acceptedSchema },
    409: { description: 'The Idempotency-Key was used with another body' },
    503: { description: 'The event was not accepted; repeat with the same Idempotency-Key' },
  },
  handle: acceptEvent,
})

type PostCall = Call<undefined, undefined, unknown>

async function acceptEvent(call: PostCall): Promise<Answer> {
  const { caller, exchange } = call
  const { eventIdKeys, now } = exchange.settings
  const key = exchange.request.headers.get('idempotency-key')
  const problems = findFormProblems(call.body, key)
  const acceptedAt = now()
  const normalized = normalizeEvent(call.body, acceptedAt)
  if (!normalized.ok || problems.length > 0)
    return answerInvalid([...problems, ...(normalized.ok ? [] : normalized.problems)], 'invalid_event')
  const unsupported = unsupportedFeatures(normalized.event)
  if (unsupported.length > 0) return answerInvalid(unsupported, 'not_supported_yet')
  const ofTemplate = await findTemplateProblems(exchange.ports.templates, caller.tenantId, normalized.event)
  if (ofTemplate.length > 0) return answerInvalid(ofTemplate, 'invalid_event')

  const mintedId = mintEventId(caller.tenantId, eventIdKeys, acceptedAt.getTime())
  if (key === null) return publishEvent(call, mintedId, normalized.event, acceptedAt)

  const claimed = await claimKey(call, key, mintedId)
  if (claimed === undefined) return answerNotAccepted(key)
  if (!claimed.isSame) return answerConflict()
  // A repeat is the same event down to its time of acceptance, which its id carries; a `delay` counts from there.
  const firstAcceptedAt = readEventTime(caller.tenantId, claimed.eventId, eventIdKeys) ?? acceptedAt
  const same = claimed.eventId === mintedId ? normalized : normalizeEvent(call.body, firstAcceptedAt)
  if (!same.ok) return answerInvalid(same.problems, 'invalid_event')
  return publishEvent(call, claimed.eventId, same.event, firstAcceptedAt)
}

function findFormProblems(body: unknown, key: string | null): Problem[] {
  const problems: Problem[] = []
  if (typeof body === 'object' && body !== null && Object.hasOwn(body, 'id')) {
    const message = 'is given by the API; name a notification by notificationId, or send an Idempotency-Key'
    problems.push({ path: 'id', message })
  }
  if (key !== null && !IDEMPOTENCY_KEY.test(key)) {
    problems.push({ path: 'Idempotency-Key', message: 'must be 1 to 255 printable ASCII characters without spaces' })
  }
  return problems
}

async function claimKey({ exchange, caller, bodyBytes }: PostCall, key: string, eventId: string) {
  const fingerprint = createHash('sha256').update(bodyBytes).digest('base64url')
  try {
    return await exchange.ports.idempotency.claimKey({ tenantId: caller.tenantId, key, fingerprint, eventId })
  } catch (error) {
    exchange.ports.observer.recordFailure('claim an idempotency key', exchange.requestId, error)
    return undefined
  }
}

async function publishEvent(call: PostCall, id: string, event: NotificationEvent, acceptedAt: Date): Promise<Answer> {
  const { exchange, caller } = call
  exchange.note({ eventId: id })
  try {
    await exchange.ports.publisher.publish(toRecord(caller.tenantId, id, event, acceptedAt))
  } catch (error) {
    exchange.ports.observer.recordFailure('publish an event', exchange.requestId, error)
    return answerNotAccepted(exchange.request.headers.get('idempotency-key'))
  }
  const statusUrl = `/api/events/${id}`
  return answerJson(
    202,
    {
      success: true,
      message: 'Notification queued for delivery',
      recipientCount: countRecipients(event),
      eventId: id,
      statusUrl,
    } satisfies z.infer<typeof acceptedSchema>,
    { location: statusUrl },
  )
}

function toRecord(tenantId: string, id: string, event: NotificationEvent, acceptedAt: Date): EventToPublish {
  const headers: Record<string, string> = { [TENANT_HEADER]: tenantId, [ACCEPTED_AT_HEADER]: acceptedAt.toISOString() }
  propagation.inject(context.active(), headers)
  return {
    topic: eventsTopic(laneOf(event.notificationPriority)),
    key: event.cancelKey ?? id,
    value: JSON.stringify({ id, ...event }),
    headers,
  }
}

function answerNotAccepted(key: string | null): Answer {
  const advice =
    key === null
      ? 'It may still have been queued: repeat it, and send an Idempotency-Key from now on, so that a repeat cannot notify twice.'
      : 'Repeat the request with the same Idempotency-Key; nobody is notified twice.'
  return answerProblem(503, 'not_accepted', `The event was not confirmed. ${advice}`, {
    headers: { 'retry-after': '1' },
  })
}

function answerConflict(): Answer {
  const detail = 'This Idempotency-Key belongs to an event with another body. Use a new key for a new event.'
  return answerProblem(409, 'idempotency_conflict', detail)
}
