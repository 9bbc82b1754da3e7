import {
  type AcknowledgeAnswer,
  acknowledgeAnswerSchema,
  type CancelAnswer,
  cancelAnswerSchema,
  identifier,
  type ReadAnswer,
  readAnswerSchema,
} from '@carillon/contracts'
import type { Stopped, StoppedDelivery } from '@carillon/delivery'
import { z } from 'zod'
import { answerJson, answerNotFound } from '../answer.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'
import { decideNotification, decidePerson } from '../whose.ts'

const params = z.object({ id: identifier })
const query = z.object({ userId: identifier.optional() })
const body = jsonBody(z.object({ userId: identifier.optional() }), { isOptional: true, example: { userId: 'user-1' } })

export const readNotification = defineRoute({
  method: 'post',
  path: '/api/notifications/{id}/read',
  access: { scope: 'notifications:write', people: 'own' },
  summary: 'Mark a notification read, and stop what waits for that',
  description:
    'Answers after it is so: no step of the escalation begins after this answer. The id is ours or your own.',
  params,
  query,
  body,
  answers: {
    200: { description: 'It is read', schema: readAnswerSchema },
    404: { description: 'There is none, or it is not yours' },
  },
  async handle({ caller, params: { id }, query: inQuery, body: inBody, exchange }) {
    const person = decidePerson(caller, inBody.userId ?? inQuery.userId)
    if (!person.ok) return person.answer
    const request = { tenantId: caller.tenantId, notificationId: id, userId: person.value }
    const stopped = await exchange.ports.stops.stopNotification({ ...request, kind: 'read', source: 'api' })
    return stopped ? answerJson(200, toReadAnswer(stopped)) : answerNotFound('notification')
  },
})

export const cancelNotification = defineRoute({
  method: 'post',
  path: '/api/notifications/{id}/cancel',
  access: { scope: 'notifications:write', people: 'scoped' },
  summary: 'Cancel what has not been handed over yet',
  description:
    'Each delivery answers for itself: `cancelled` (it will not be sent), `possibly_sent` (it was being handed over), ' +
    '`too_late` (it was sent).',
  params,
  query,
  body,
  answers: {
    200: { description: 'What became of each delivery', schema: cancelAnswerSchema },
    404: { description: 'There is none, or it is not yours' },
  },
  async handle({ caller, params: { id }, query: inQuery, body: inBody, exchange }) {
    const ref = decideNotification(caller, id, inBody.userId ?? inQuery.userId)
    if (!ref.ok) return ref.answer
    const stopped = await exchange.ports.stops.stopNotification({ ...ref.value, kind: 'cancel', source: 'api' })
    return stopped ? answerJson(200, toCancelAnswer(stopped)) : answerNotFound('notification')
  },
})

export const acknowledgeNotification = defineRoute({
  method: 'post',
  path: '/api/notifications/{id}/acknowledge',
  access: { scope: 'notifications:write', people: 'own' },
  summary: 'Take a notification on, and stop what waits for that',
  description:
    'More than reading: whoever acknowledges says that they deal with it. Stops what `stopOn` READ or ACKNOWLEDGED stops.',
  params,
  query,
  body,
  answers: {
    200: { description: 'What became of each delivery', schema: acknowledgeAnswerSchema },
    404: { description: 'There is none, or it is not yours' },
  },
  async handle({ caller, params: { id }, query: inQuery, body: inBody, exchange }) {
    const person = decidePerson(caller, inBody.userId ?? inQuery.userId)
    if (!person.ok) return person.answer
    const request = { tenantId: caller.tenantId, notificationId: id, userId: person.value }
    const stopped = await exchange.ports.stops.stopNotification({ ...request, kind: 'acknowledge', source: 'api' })
    return stopped ? answerJson(200, toAcknowledgeAnswer(stopped)) : answerNotFound('notification')
  },
})

function toReadAnswer({ notificationId, at, deliveries }: Stopped): ReadAnswer {
  const count = (answer: string) => deliveries.filter((delivery) => delivery.answer === answer).length
  return {
    success: true,
    notification: { id: notificationId, read: true, readAt: at.toISOString() },
    stopped: { cancelled: count('cancelled'), tooLate: count('too_late'), possiblySent: count('possibly_sent') },
  }
}

function toCancelAnswer({ notificationId, at, deliveries }: Stopped): CancelAnswer {
  return {
    success: true,
    notification: { id: notificationId, cancelledAt: at.toISOString() },
    deliveries: deliveries.map(describeStopped),
  }
}

function toAcknowledgeAnswer({ notificationId, at, deliveries }: Stopped): AcknowledgeAnswer {
  return {
    success: true,
    notification: { id: notificationId, acknowledgedAt: at.toISOString() },
    deliveries: deliveries.map(describeStopped),
  }
}

function describeStopped({ id, channel, answer }: StoppedDelivery) {
  return { id, channel, answer }
}
