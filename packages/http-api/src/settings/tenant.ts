import { type StoredTenant, storedTenantSchema, tenantSchema } from '@carillon/contracts'
import { answerInvalid, answerJson } from '../answer.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'
import { findLadderProblems } from './check-ladder-name.ts'

export const getTenant = defineRoute({
  method: 'get',
  path: '/api/tenant',
  access: { scope: 'settings:read', people: 'scoped' },
  summary: 'See what is decided for all people of the tenant',
  answers: { 200: { description: 'The tenant of the credential', schema: storedTenantSchema } },
  handle: async ({ caller: { tenantId }, exchange }) =>
    answerJson(200, (await exchange.ports.settings.findTenant(tenantId)) ?? plainTenant(tenantId)),
})

export const putTenant = defineRoute({
  method: 'put',
  path: '/api/tenant',
  access: { scope: 'settings:write', people: 'scoped' },
  summary: 'Decide for all people of the tenant where neither they nor a category say otherwise',
  description: 'Fields that are absent stay as they are; null clears one.',
  body: jsonBody(tenantSchema, { example: { name: 'The shop', timeZone: 'Europe/Berlin', locale: 'de' } }),
  answers: { 200: { description: 'The tenant as it is now', schema: storedTenantSchema } },
  async handle({ caller: { tenantId }, body, exchange }) {
    const { settings } = exchange.ports
    const problems = await findLadderProblems(settings, tenantId, body.ladderName)
    if (problems.length > 0) return answerInvalid(problems)
    return answerJson(200, await settings.saveTenant(tenantId, body))
  },
})

function plainTenant(id: string): StoredTenant {
  return { id, name: id, timeZone: null, locale: null, ladder: null, ladderName: null, preferences: null }
}
