import { type HeldEventAnswer, heldEventAnswerSchema, identifier, readEventTime } from '@carillon/contracts'
import { z } from 'zod'
import { type Answer, answerJson, answerNotFound, answerProblem } from '../answer.ts'
import type { Caller } from '../auth/caller.ts'
import type { Exchange } from '../exchange.ts'
import { defineRoute } from '../route.ts'
import type { DecidedEvent, HeldEvents } from './held-ports.ts'

const params = z.object({ id: identifier })
const answers = {
  200: { description: 'It is decided', schema: heldEventAnswerSchema },
  404: { description: 'There is none' },
  409: { description: 'It was decided before, needs no approval, or is still on its way' },
}

export const approveEvent = defineRoute({
  method: 'post',
  path: '/api/events/{id}/approve',
  access: { scope: 'events:approve', people: 'scoped' },
  summary: 'Let an event go that waits for approval',
  description: 'It goes out at its sendAt, or at once when that is past or absent. The first decision counts.',
  params,
  answers,
  handle: ({ caller, params: { id }, exchange }) => decide('approveEvent', caller, id, exchange),
})

export const rejectEvent = defineRoute({
  method: 'post',
  path: '/api/events/{id}/reject',
  access: { scope: 'events:approve', people: 'scoped' },
  summary: 'Refuse an event that waits for approval',
  description: 'Nothing of it is ever planned, also when it is read from the log again. The first decision counts.',
  params,
  answers,
  handle: ({ caller, params: { id }, exchange }) => decide('rejectEvent', caller, id, exchange),
})

async function decide(
  decision: 'approveEvent' | 'rejectEvent',
  caller: Caller,
  id: string,
  exchange: Exchange,
): Promise<Answer> {
  const held: HeldEvents = exchange.ports.held
  const decided = await held[decision](caller.tenantId, id, nameCaller(caller))
  if (!decided) return answerUnknown(caller.tenantId, id, exchange)
  if (decided.isChanged) return answerJson(200, toAnswer(decided))
  return answerProblem(409, 'already_decided', `The event is ${decided.state} and waits for no approval.`)
}

/** An event of ours that was accepted just now is not in its row yet. */
async function answerUnknown(tenantId: string, id: string, { settings, ports }: Exchange): Promise<Answer> {
  const isOurs = readEventTime(tenantId, id, settings.eventIdKeys) !== undefined
  const status = await ports.statuses.readEventStatus(tenantId, id)
  if (status) return answerProblem(409, 'already_decided', `The event is ${status.state} and waits for no approval.`)
  if (!isOurs) return answerNotFound('event')
  return answerProblem(409, 'not_held_yet', 'The event is still on its way; repeat the request.', {
    headers: { 'retry-after': '1' },
  })
}

/** Who decided, for the record. */
function nameCaller(caller: Caller): string {
  return caller.kind === 'person' ? caller.userId : 'service'
}

function toAnswer({ eventId, state, releaseAt, decidedAt, decidedBy }: DecidedEvent): HeldEventAnswer {
  return {
    success: true,
    event: {
      id: eventId,
      state,
      releaseAt: releaseAt?.toISOString() ?? null,
      decidedAt: decidedAt?.toISOString() ?? null,
      decidedBy,
    },
  }
}
