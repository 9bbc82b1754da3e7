import {
  channelSchema,
  liftedAnswerSchema,
  liftSuppressionSchema,
  suppressionsAnswerSchema,
  suppressionsQuerySchema,
} from '@carillon/contracts'
import { answerInvalid, answerJson, answerProblem } from '../answer.ts'
import { openCursor, sealCursor } from '../cursor.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'

const path = '/api/suppressions'

export const getSuppressions = defineRoute({
  method: 'get',
  path,
  access: { scope: 'users:read', people: 'scoped' },
  summary: 'List the addresses that nothing is sent to any more, and why',
  description: 'As keyed hashes, the newest first. With `address`, whether that one is among them.',
  query: suppressionsQuerySchema,
  answers: { 200: { description: 'A page of them', schema: suppressionsAnswerSchema } },
  async handle({ caller: { tenantId }, query: { channel, address, cursor, limit }, exchange }) {
    const { suppressions: port } = exchange.ports
    const { eventIdKeys: keys } = exchange.settings
    const addressHash = address === undefined ? undefined : port.hashAddress(tenantId, address)
    const binding = ['suppressions', tenantId, channel ?? '', addressHash ?? '']
    const after = cursor === undefined ? undefined : readPosition(openCursor(keys, binding, cursor))
    if (after === 'refused')
      return answerInvalid([{ path: 'cursor', message: 'must be a nextCursor of this very list: same filters' }])
    const found = await port.listSuppressions({ tenantId, channel, addressHash, after, limit: limit + 1 })
    const suppressions = found.slice(0, limit)
    const last = found.length > limit ? suppressions.at(-1) : undefined
    const nextCursor = last ? sealCursor(keys, binding, [last.createdAt, last.channel, last.addressHash]) : null
    return answerJson(200, { suppressions, nextCursor })
  },
})

function readPosition(position: readonly string[] | undefined) {
  const [createdAt = '', channel, addressHash = ''] = position ?? []
  const parsed = channelSchema.safeParse(channel)
  return parsed.success ? { createdAt, channel: parsed.data, addressHash } : 'refused'
}

export const deleteSuppression = defineRoute({
  method: 'delete',
  path,
  access: { scope: 'users:write', people: 'scoped' },
  summary: 'Send to an address again',
  description:
    'For one that a provider refused and that works again. Where the person asked for no more messages, only they can take ' +
    'that back. One that is not suppressed changes nothing.',
  body: jsonBody(liftSuppressionSchema, { example: { channel: 'EMAIL', address: 'ann@example.com' } }),
  answers: {
    200: { description: 'Whether there was one', schema: liftedAnswerSchema },
    409: { description: 'The person asked for it' },
  },
  async handle({ caller: { tenantId }, body: { channel, address, addressHash }, exchange }) {
    const { suppressions: port } = exchange.ports
    const hash = addressHash ?? port.hashAddress(tenantId, address ?? '')
    const lifted = await port.liftSuppression(tenantId, channel, hash)
    if (lifted !== 'of_the_person') return answerJson(200, { success: true, removed: lifted === 'lifted' ? 1 : 0 })
    return answerProblem(409, 'wrong_state', 'The person asked for no more messages; only they can take that back.')
  },
})
