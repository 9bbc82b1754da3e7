import { auditAnswerSchema, auditQuerySchema } from '@carillon/contracts'
import { answerInvalid, answerJson } from '../answer.ts'
import { openCursor, sealCursor } from '../cursor.ts'
import { defineRoute } from '../route.ts'

export const getAudit = defineRoute({
  method: 'get',
  path: '/api/audit',
  access: { scope: 'audit:read', people: 'scoped' },
  summary: 'See who did what, and when',
  description: 'Every administrative act of the tenant, the newest first; of a person or thing by `subject`.',
  query: auditQuerySchema,
  answers: { 200: { description: 'A page of acts', schema: auditAnswerSchema } },
  async handle({ caller: { tenantId }, query: { actor, subject, cursor, limit }, exchange }) {
    const { eventIdKeys: keys } = exchange.settings
    const binding = ['audit', tenantId, actor ?? '', subject ?? '']
    const [before] = cursor === undefined ? [] : (openCursor(keys, binding, cursor) ?? ['refused'])
    if (before === 'refused')
      return answerInvalid([{ path: 'cursor', message: 'must be a nextCursor of this very list: same filters' }])
    const found = await exchange.ports.audit.listActs({ tenantId, actor, subject, before, limit: limit + 1 })
    const entries = found.slice(0, limit)
    const last = found.length > limit ? entries.at(-1) : undefined
    return answerJson(200, { entries, nextCursor: last ? sealCursor(keys, binding, [last.id]) : null })
  },
})
