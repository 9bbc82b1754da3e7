import { z } from 'zod'
import { answerNotFound } from '../answer.ts'
import { definePublicRoute } from '../route.ts'
import { findProvider, providerParams } from './post-webhook.ts'

/** As Meta asks; each provider has its own words, and no other asks. */
const query = z.object({
  'hub.mode': z.string().optional(),
  'hub.verify_token': z.string().optional(),
  'hub.challenge': z.string().optional(),
})

export const getWebhook = definePublicRoute({
  method: 'get',
  path: '/webhooks/{provider}',
  summary: 'Answers a provider that asks whether this door is ours',
  params: providerParams,
  query,
  answers: {
    200: { description: 'What it asked for', contentType: 'text/plain' },
    404: { description: 'No such provider is configured, or the question is not for us' },
  },
  async handle(exchange) {
    const { searchParams } = new URL(exchange.request.url)
    const text = findProvider(exchange)?.answerChallenge?.(searchParams)
    if (text === undefined) return answerNotFound('provider')
    return { kind: 'text', status: 200, contentType: 'text/plain; charset=utf-8', text }
  },
})
