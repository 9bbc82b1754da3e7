import {
  type BatchAnswer,
  batchAnswerSchema,
  deriveBatchEventId,
  mintEventId,
  readEventTime,
} from '@carillon/contracts'
import { z } from 'zod'
import { type Answer, answerInvalid, answerJson } from '../answer.ts'
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
import { answerConflict, answerNotAccepted, claimKey, eventBody } from './post-notification.ts'

const EVENTS_MAX = 1_000
const BODY_BYTES_MAX = 4 * 1_048_576
const eventsSchema = z.object({ events: z.array(z.unknown()).min(1).max(EVENTS_MAX) })

/** Each event is looked at by itself, so that one that is wrong holds back no other. */
const batchBody: BodyReader<readonly unknown[]> = {
  schema: z.object({ events: z.array(eventBody.schema).min(1).max(EVENTS_MAX) }),
  isOptional: false,
  example: {
    events: [
      { type: 'ORDER_SHIPPED', message: 'Your order is on its way', recipientIds: ['user-1'] },
      { type: 'ORDER_DELIVERED', message: 'Your order has arrived', recipientIds: ['user-2'] },
    ],
  },
  parse(value) {
    const parsed = eventsSchema.safeParse(value)
    if (parsed.success) return { ok: true, value: parsed.data.events }
    return { ok: false, problems: [{ path: 'events', message: `must be a list of 1 to ${EVENTS_MAX} events` }] }
  },
}

export const postBatch = defineRoute({
  method: 'post',
  path: '/api/notifications/batch',
  access: { scope: 'events:write', people: 'scoped' },
  summary: 'Notify people of many things at once',
  description:
    'Up to 1,000 events, and an answer for each, in their order: one that is wrong holds back no other. Repeated with the ' +
    'same Idempotency-Key, every event is the same event again.',
  headers: idempotencyHeaders,
  body: batchBody,
  bodyBytesMax: BODY_BYTES_MAX,
  answers: {
    202: { description: 'Every event is durable and will be delivered', schema: batchAnswerSchema },
    207: { description: 'Some were not accepted; each answer says why', schema: batchAnswerSchema },
    409: { description: 'The Idempotency-Key was used with another body' },
    503: { description: 'None was accepted; repeat with the same Idempotency-Key' },
  },
  handle: acceptBatch,
})

type BatchCall = Call<undefined, undefined, readonly unknown[]>

async function acceptBatch(call: BatchCall): Promise<Answer> {
  const { caller, exchange } = call
  const { eventIdKeys, now } = exchange.settings
  const key = exchange.request.headers.get('idempotency-key')
  const keyProblems = findKeyProblems(key)
  if (keyProblems.length > 0) return answerInvalid(keyProblems)
  const mintedId = mintEventId(caller.tenantId, eventIdKeys, now().getTime())
  const claimed = key === null ? { eventId: mintedId, isSame: true } : await claimKey(call, key, mintedId)
  if (claimed === undefined) return answerNotAccepted(key)
  if (!claimed.isSame) return answerConflict()
  const acceptedAt = readEventTime(caller.tenantId, claimed.eventId, eventIdKeys) ?? now()
  const answers = await Promise.all(
    call.body.map(async (body, place) => {
      const id = deriveBatchEventId(caller.tenantId, eventIdKeys, claimed.eventId, place)
      return acceptOne(call, id, await checkEvent(exchange, caller.tenantId, body, acceptedAt), acceptedAt)
    }),
  )
  const isOutage = answers.some(({ status }) => status === 503) && !answers.some(({ status }) => status === 202)
  return isOutage ? answerNotAccepted(key) : answerBatch(answers)
}

type OneAnswer = BatchAnswer['answers'][number]

async function acceptOne(
  { exchange, caller }: BatchCall,
  id: string,
  checked: CheckedEvent,
  acceptedAt: Date,
): Promise<OneAnswer> {
  if (!checked.ok) {
    const { code, problems } = checked
    const detail = 'This event is not valid; the others are not concerned.'
    return { status: 422, success: false, code, detail, problems: [...problems] }
  }
  try {
    await exchange.ports.publisher.publish(toEventRecord(caller.tenantId, id, checked.event, acceptedAt))
    return { status: 202, ...describeAccepted(id, checked.event) }
  } catch (error) {
    exchange.ports.observer.recordFailure('publish an event of a batch', exchange.requestId, error)
    const detail = 'This event was not confirmed; repeat the batch with the same Idempotency-Key.'
    return { status: 503, success: false, code: 'not_accepted', detail }
  }
}

function answerBatch(answers: OneAnswer[]): Answer {
  const acceptedCount = answers.filter(({ status }) => status === 202).length
  const refusedCount = answers.length - acceptedCount
  const body: BatchAnswer = { success: refusedCount === 0, acceptedCount, refusedCount, answers }
  return answerJson(refusedCount === 0 ? 202 : 207, body)
}
