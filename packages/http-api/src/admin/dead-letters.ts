import {
  DELIVERIES_DLQ,
  deadLettersAnswerSchema,
  EVENTS_DLQ,
  READ_DLQ,
  RECEIPTS_DLQ,
  replayDeadLettersAnswerSchema,
  replayDeadLettersSchema,
} from '@carillon/contracts'
import { z } from 'zod'
import { answerInvalid, answerJson, answerNotFound } from '../answer.ts'
import { openCursor, sealCursor } from '../cursor.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'

const deadLetterTopic = z.enum([EVENTS_DLQ, READ_DLQ, RECEIPTS_DLQ, DELIVERIES_DLQ])

export const getDeadLetters = defineRoute({
  method: 'get',
  path: '/api/admin/dlq',
  access: { scope: 'admin:read', people: 'scoped' },
  summary: 'See the records that nobody will try again without a person',
  description: 'The newest first, with the reason that was given and where each came from.',
  query: z.object({
    topic: deadLetterTopic.default(EVENTS_DLQ),
    cursor: z.string().min(1).max(512).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(50),
  }),
  answers: {
    200: { description: 'A page of dead letters', schema: deadLettersAnswerSchema },
    404: { description: 'This installation cannot read dead letters' },
  },
  async handle({ caller, query: { topic, cursor, limit }, exchange }) {
    const desk = exchange.ports.admin.deadLetters
    if (!desk) return answerNotFound('queue of dead letters')
    const { eventIdKeys: keys } = exchange.settings
    const binding = ['dlq', caller.tenantId, topic]
    const position = cursor === undefined ? [] : openCursor(keys, binding, cursor)
    if (position === undefined) return answerInvalid([{ path: 'cursor', message: 'must be a nextCursor of this list' }])
    const page = { tenantId: caller.tenantId, topic, before: position[0], limit }
    const { deadLetters, before } = await desk.listDeadLetters(page)
    return answerJson(200, { deadLetters, nextCursor: before === null ? null : sealCursor(keys, binding, [before]) })
  },
})

export const replayDeadLetters = defineRoute({
  method: 'post',
  path: '/api/admin/dlq/replay',
  access: { scope: 'admin:write', people: 'scoped' },
  summary: 'Put dead letters back where they came from',
  description:
    'Once what was wrong is mended. Nothing is sent twice by it: what was planned before is planned once, and what is ' +
    'still wrong comes back with one attempt more.',
  body: jsonBody(replayDeadLettersSchema.extend({ topic: deadLetterTopic }), {
    example: { topic: EVENTS_DLQ, letters: [{ partition: 0, offset: '42' }] },
  }),
  answers: {
    200: { description: 'What became of each', schema: replayDeadLettersAnswerSchema },
    404: { description: 'This installation cannot read dead letters' },
  },
  async handle({ caller, body: { topic, letters }, exchange }) {
    const desk = exchange.ports.admin.deadLetters
    if (!desk) return answerNotFound('queue of dead letters')
    const answered = await desk.replayDeadLetters(caller.tenantId, topic, letters)
    const replayedCount = answered.filter(({ answer }) => answer === 'replayed').length
    return answerJson(200, { success: true, replayedCount, letters: answered })
  },
})
