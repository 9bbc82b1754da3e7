import { createHash } from 'node:crypto'
import {
  acceptedSchema,
  eventSchema,
  mintEventId,
  type NotificationEvent,
  normalizeEvent,
  readEventTime,
} from '@carillon/contracts'
import { z } from 'zod'
import { type Answer, answerInvalid, answerJson, answerProblem } from '../answer.ts'
import type { BodyReader } from '../parse-inputs.ts'
import { type Call, defineRoute } from '../route.ts'
import {
  type CheckedEvent,
  checkEvent,
  describeAccepted,
  findKeyProblems,
  idempotencyHeaders,
  toEventRecord,
} from './accept-event.ts'

const { id: _id, ...fieldsWithoutId } = eventSchema.shape

/** `normalizeEvent` knows more spellings than the schema shows, and needs the time of acceptance. */
export const eventBody: BodyReader<unknown> = {
  schema: z.object(fieldsWithoutId),
  isOptional: false,
  example: {
    type: 'EVENT_APPROVAL',
    title: 'Approved',
    message: 'Your event has been approved',
    recipientIds: ['user-1', 'user-2'],
    channels: ['EMAIL', 'PUSH', 'IN_APP'],
    deliveryStrategy: 'BROADCAST',
    notificationPriority: 'HIGH',
    metadata: { actionUrl: '/events/event-123', actionText: 'Open' },
  },
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
  headers: idempotencyHeaders,
  body: eventBody,
  answers: {
    202: { description: 'The event is durable and will be delivered', schema: acceptedSchema },
    409: { description: 'The Idempotency-Key was used with another body' },
    503: { description: 'The event was not accepted; repeat with the same Idempotency-Key' },
  },
  handle: acceptEvent,
})

type PostCall = Call<undefined, undefined, unknown>

function acceptEvent(call: PostCall): Answer | Promise<Answer> {
  const { caller, exchange, body } = call
  const acceptedAt = exchange.settings.now()
  const checked = checkEvent(exchange, caller.tenantId, body, acceptedAt)
  if (checked instanceof Promise) return checked.then((known) => acceptChecked(call, known, acceptedAt))
  return acceptChecked(call, checked, acceptedAt)
}

function acceptChecked(call: PostCall, checked: CheckedEvent, acceptedAt: Date): Answer | Promise<Answer> {
  const { caller, exchange } = call
  const key = exchange.request.headers.get('idempotency-key')
  const problems = [...findKeyProblems(key), ...(checked.ok ? [] : checked.problems)]
  if (!checked.ok || problems.length > 0) return answerInvalid(problems, checked.ok ? 'invalid_event' : checked.code)
  const mintedId = mintEventId(caller.tenantId, exchange.settings.eventIdKeys, acceptedAt.getTime())
  if (key === null) return publishEvent(call, mintedId, checked.event, acceptedAt)
  return publishOnce(call, key, mintedId, checked.event, acceptedAt)
}

/** Under its Idempotency-Key. */
async function publishOnce(
  call: PostCall,
  key: string,
  mintedId: string,
  event: NotificationEvent,
  acceptedAt: Date,
): Promise<Answer> {
  const { caller, exchange } = call
  const { eventIdKeys } = exchange.settings
  const claimed = await claimKey(call, key, mintedId)
  if (claimed === undefined) return answerNotAccepted(key)
  if (!claimed.isSame) return answerConflict()
  // A repeat is the same event down to its time of acceptance, which its id carries; a `delay` counts from there.
  const firstAcceptedAt = readEventTime(caller.tenantId, claimed.eventId, eventIdKeys) ?? acceptedAt
  const same = claimed.eventId === mintedId ? { ok: true as const, event } : normalizeEvent(call.body, firstAcceptedAt)
  if (!same.ok) return answerInvalid(same.problems, 'invalid_event')
  return publishEvent(call, claimed.eventId, same.event, firstAcceptedAt)
}

export async function claimKey(
  { exchange, caller, bodyBytes }: Pick<PostCall, 'exchange' | 'caller' | 'bodyBytes'>,
  key: string,
  eventId: string,
) {
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
    await exchange.ports.publisher.publish(toEventRecord(caller.tenantId, id, event, acceptedAt))
  } catch (error) {
    exchange.ports.observer.recordFailure('publish an event', exchange.requestId, error)
    return answerNotAccepted(exchange.request.headers.get('idempotency-key'))
  }
  const accepted = describeAccepted(id, event)
  return answerJson(202, accepted, { location: accepted.statusUrl })
}

export function answerNotAccepted(key: string | null): Answer {
  const advice =
    key === null
      ? 'It may still have been queued: repeat it, and send an Idempotency-Key from now on, so that a repeat cannot notify twice.'
      : 'Repeat the request with the same Idempotency-Key; nobody is notified twice.'
  return answerProblem(503, 'not_accepted', `The event was not confirmed. ${advice}`, {
    headers: { 'retry-after': '1' },
  })
}

export function answerConflict(): Answer {
  const detail = 'This Idempotency-Key belongs to an event with another body. Use a new key for a new event.'
  return answerProblem(409, 'idempotency_conflict', detail)
}
