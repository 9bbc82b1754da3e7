import { type EventStatus, eventStatusSchema, identifier, readEventTime } from '@carillon/contracts'
import { z } from 'zod'
import { answerJson, answerNotFound } from '../answer.ts'
import { defineRoute } from '../route.ts'

/** As long as events rest in their topic. One that is older and has no row will not get one. */
const QUEUED_MS_MAX = 7 * 86_400_000

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
    const { eventIdKeys, now } = exchange.settings
    const status = await exchange.ports.statuses.readEventStatus(caller.tenantId, id)
    if (status) return answerJson(200, status)
    const acceptedAt = readEventTime(caller.tenantId, id, eventIdKeys)
    const isQueued = acceptedAt !== undefined && now().getTime() - acceptedAt.getTime() < QUEUED_MS_MAX
    return isQueued ? answerJson(200, describeQueued(id, acceptedAt)) : answerNotFound('event')
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
