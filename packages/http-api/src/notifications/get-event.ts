import { type EventStatus, eventStatusSchema, identifier } from '@carillon/contracts'
import { z } from 'zod'
import { answerJson, answerNotFound } from '../answer.ts'
import { readQueuedSince } from '../events/read-queued-since.ts'
import { defineRoute } from '../route.ts'

export const getEvent = defineRoute({
  method: 'get',
  path: '/api/events/{id}',
  access: { scope: 'events:read', people: 'scoped' },
  summary: 'See what became of an accepted event',
  params: z.object({ id: identifier }),
  answers: {
    200: { description: 'The event, its notifications and how their deliveries stand', schema: eventStatusSchema },
    404: { description: 'There is none' },
  },
  async handle({ caller, params: { id }, exchange }) {
    const status = await exchange.ports.statuses.readEventStatus(caller.tenantId, id)
    if (status) return answerJson(200, status)
    const queuedSince = readQueuedSince(exchange, caller.tenantId, id)
    return queuedSince ? answerJson(200, describeQueued(id, queuedSince)) : answerNotFound('event')
  },
})

function describeQueued(id: string, acceptedAt: Date): EventStatus {
  return {
    id,
    state: 'QUEUED',
    acceptedAt: acceptedAt.toISOString(),
    notifications: 0,
    notificationIds: [],
    deliveries: {},
    fanout: null,
  }
}
