import { explanationSchema, identifier } from '@carillon/contracts'
import { explainNotification } from '@carillon/planning'
import { z } from 'zod'
import { answerJson, answerNotFound } from '../answer.ts'
import { defineRoute } from '../route.ts'
import { decideNotification } from '../whose.ts'

export const getExplanation = defineRoute({
  method: 'get',
  path: '/api/notifications/{id}/explain',
  access: { scope: 'notifications:read', people: 'own' },
  summary: 'See why a notification went out on each channel, or why it did not',
  description: 'Made from rows alone: what was decided, what happened, and what would change it next time.',
  params: z.object({ id: identifier }),
  query: z.object({ userId: identifier.optional() }),
  answers: {
    200: { description: 'Each channel with its reasons, and what happened in order', schema: explanationSchema },
    404: { description: 'There is none, or it is not yours' },
  },
  async handle({ caller, params, query, exchange }) {
    const ref = decideNotification(caller, params.id, query.userId)
    if (!ref.ok) return ref.answer
    const { explain } = exchange.ports
    const rows = await explain.readExplanation(ref.value)
    return rows
      ? answerJson(200, explainNotification(rows, await explain.loadVendorReasons()))
      : answerNotFound('notification')
  },
})
