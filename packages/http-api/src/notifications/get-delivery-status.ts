import { deliveryStatusAnswerSchema, identifier } from '@carillon/contracts'
import { z } from 'zod'
import { answerJson, answerNotFound } from '../answer.ts'
import { defineRoute } from '../route.ts'
import { decideNotification } from '../whose.ts'

export const getDeliveryStatus = defineRoute({
  method: 'get',
  path: '/api/notifications/{id}/delivery-status',
  access: { scope: 'notifications:read', people: 'own' },
  summary: 'See what became of a notification on each channel',
  description: 'The id is ours, or your own notificationId together with userId.',
  params: z.object({ id: identifier }),
  query: z.object({ userId: identifier.optional() }),
  answers: {
    200: { description: 'The notification and its deliveries', schema: deliveryStatusAnswerSchema },
    404: { description: 'There is none, or it is not yours' },
  },
  async handle({ caller, params, query, exchange }) {
    const ref = decideNotification(caller, params.id, query.userId)
    if (!ref.ok) return ref.answer
    const status = await exchange.ports.statuses.readDeliveryStatus(ref.value)
    return status ? answerJson(200, status) : answerNotFound('notification')
  },
})
