import { type CancelledKeyAnswer, cancelledKeyAnswerSchema, identifier } from '@carillon/contracts'
import { z } from 'zod'
import { answerJson } from '../answer.ts'
import { defineRoute } from '../route.ts'

export const cancelKey = defineRoute({
  method: 'delete',
  path: '/api/notifications/by-key/{cancelKey}',
  access: { scope: 'events:write', people: 'scoped' },
  summary: 'Cancel what a key names',
  description:
    'An event that waits is never planned; of one that went out, what still waits is cancelled. A key that is not known ' +
    'yet is remembered: what was accepted under it before this call, and arrives later, is cancelled too.',
  params: z.object({ cancelKey: identifier }),
  answers: {
    200: {
      description: 'The events that were cancelled, and how their deliveries stood',
      schema: cancelledKeyAnswerSchema,
    },
  },
  async handle({ caller, params, exchange }) {
    const cancelled = await exchange.ports.held.cancelKey(caller.tenantId, params.cancelKey)
    const { cancelled: ended, too_late: tooLate, possibly_sent: possiblySent } = cancelled.stopped
    const answer: CancelledKeyAnswer = {
      success: true,
      cancelKey: params.cancelKey,
      eventIds: [...cancelled.eventIds],
      stopped: { cancelled: ended, tooLate, possiblySent },
    }
    return answerJson(200, answer)
  },
})
