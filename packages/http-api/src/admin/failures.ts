import {
  channelSchema,
  failuresAnswerSchema,
  replayFailuresAnswerSchema,
  replayFailuresSchema,
} from '@carillon/contracts'
import { z } from 'zod'
import { answerInvalid, answerJson } from '../answer.ts'
import { openCursor, sealCursor } from '../cursor.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'

const DAY_MS = 86_400_000

export const getFailures = defineRoute({
  method: 'get',
  path: '/api/admin/failures',
  access: { scope: 'admin:read', people: 'scoped' },
  summary: 'See what failed, the newest first',
  description: 'Of the last `days` (30 unless said otherwise). One that was replayed is shown no more: its replay is.',
  query: z.object({
    channel: channelSchema.optional(),
    days: z.coerce.number().int().min(1).max(365).default(30),
    cursor: z.string().min(1).max(512).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(50),
  }),
  answers: { 200: { description: 'A page of failures, with why', schema: failuresAnswerSchema } },
  async handle({ caller, query: { channel, days, cursor, limit }, exchange }) {
    const { eventIdKeys: keys, now } = exchange.settings
    const { tenantId } = caller
    const binding = ['failures', tenantId, channel ?? '', String(days)]
    const position = cursor === undefined ? [] : openCursor(keys, binding, cursor)
    if (position === undefined) return answerInvalid([{ path: 'cursor', message: 'must be a nextCursor of this list' }])
    const [createdAt, id] = position
    const after = createdAt !== undefined && id !== undefined ? { createdAt, id } : undefined
    const since = new Date(now().getTime() - days * DAY_MS)
    const page = { tenantId, channel, since, after, limit: limit + 1 }
    const found = await exchange.ports.admin.deliveries.listFailures(page)
    const failures = found.slice(0, limit)
    const last = found.length > limit ? failures.at(-1) : undefined
    return answerJson(200, { failures, nextCursor: last ? sealCursor(keys, binding, [last.createdAt, last.id]) : null })
  },
})

export const replayFailures = defineRoute({
  method: 'post',
  path: '/api/admin/failures/replay',
  access: { scope: 'admin:write', people: 'scoped' },
  summary: 'Send failed deliveries once more',
  description:
    'Each becomes a new delivery that is due at once; the failed one stays as it is. What was read, cancelled or ' +
    'acknowledged meanwhile answers `stopped`, and a second replay of the same one `replayed_before`.',
  body: jsonBody(replayFailuresSchema, { example: { deliveryIds: ['0190a1b2-c3d4-8e5f-8a6b-000000000001'] } }),
  answers: { 200: { description: 'What became of each', schema: replayFailuresAnswerSchema } },
  async handle({ caller, body: { deliveryIds }, exchange }) {
    const deliveries = await exchange.ports.admin.deliveries.replayDeliveries(caller.tenantId, deliveryIds)
    const replayedCount = deliveries.filter(({ answer }) => answer === 'replayed').length
    return answerJson(200, { success: true, replayedCount, deliveries })
  },
})
