import { randomBytes } from 'node:crypto'
import {
  type OutcomeWebhookAnswer,
  type OutcomeWebhookInput,
  outcomeWebhookAnswerSchema,
  outcomeWebhookSchema,
  replayedCallsSchema,
} from '@carillon/contracts'
import { answerJson, answerNotFound } from '../answer.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'

export interface OutcomeWebhooks {
  findWebhook(tenantId: string): Promise<Omit<OutcomeWebhookAnswer, 'secret'> | undefined>
  /** Answers whether `secret` is the one that holds from now on. */
  saveWebhook(
    tenantId: string,
    webhook: { readonly url: string; readonly secret: string; readonly rotateSecret: boolean },
  ): Promise<boolean>
  deleteWebhook(tenantId: string): Promise<boolean>
  replayCalls(tenantId: string): Promise<number>
}

const path = '/api/outcome-webhook'
const none = { 404: { description: 'The tenant has no webhook' } }

export const getOutcomeWebhook = defineRoute({
  method: 'get',
  path,
  access: { scope: 'settings:read', people: 'scoped' },
  summary: 'See where outcomes are told to',
  answers: { 200: { description: 'Without the secret', schema: outcomeWebhookAnswerSchema }, ...none },
  async handle({ caller, exchange }) {
    const webhook = await exchange.ports.outcomeWebhooks.findWebhook(caller.tenantId)
    return webhook ? answerJson(200, webhook) : answerNotFound('webhook')
  },
})

export const putOutcomeWebhook = defineRoute({
  method: 'put',
  path,
  access: { scope: 'settings:write', people: 'scoped' },
  summary: 'Hear of outcomes without Kafka',
  description:
    'Every outcome of the tenant is told in a POST of `{ id, outcomes }`, signed in the header `carillon-signature`: ' +
    '`t=<seconds>,v1=<hex>`, the HMAC-SHA256 of `<seconds>.<body>` by the secret, which is shown only when it is made. ' +
    'Answer with 2xx within ten seconds; anything else is tried again for nearly nine hours. Outcomes may come twice and ' +
    'out of order: each has an id and a time.',
  body: jsonBody<OutcomeWebhookInput>(outcomeWebhookSchema, { example: { url: 'https://shop.example.com/carillon' } }),
  answers: { 200: { description: 'With the secret if it is new', schema: outcomeWebhookAnswerSchema } },
  async handle({ caller: { tenantId }, exchange, body: { url, rotateSecret = false } }) {
    const secret = `whsec_${randomBytes(24).toString('base64url')}`
    const { outcomeWebhooks } = exchange.ports
    const isNew = await outcomeWebhooks.saveWebhook(tenantId, { url, secret, rotateSecret })
    const webhook = await outcomeWebhooks.findWebhook(tenantId)
    return webhook ? answerJson(200, { ...webhook, ...(isNew && { secret }) }) : answerNotFound('webhook')
  },
})

export const deleteOutcomeWebhook = defineRoute({
  method: 'delete',
  path,
  access: { scope: 'settings:write', people: 'scoped' },
  summary: 'Hear of outcomes no more',
  answers: {
    200: { description: 'Calls that waited are gone too', schema: replayedCallsSchema.pick({ success: true }) },
    ...none,
  },
  handle: async ({ caller, exchange }) =>
    (await exchange.ports.outcomeWebhooks.deleteWebhook(caller.tenantId))
      ? answerJson(200, { success: true })
      : answerNotFound('webhook'),
})

export const replayOutcomeCalls = defineRoute({
  method: 'post',
  path: '/api/outcome-webhook/replay',
  access: { scope: 'settings:write', people: 'scoped' },
  summary: 'Try the calls again that were given up',
  answers: { 200: { description: 'How many there were', schema: replayedCallsSchema } },
  handle: async ({ caller, exchange }) =>
    answerJson(200, { success: true, replayed: await exchange.ports.outcomeWebhooks.replayCalls(caller.tenantId) }),
})
