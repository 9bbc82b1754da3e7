import { eventStateSchema, fanoutStatusSchema, identifier } from '@carillon/contracts'
import { z } from 'zod'
import { type Answer, answerJson, answerNotFound, answerProblem } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { jsonBody } from '../parse-inputs.ts'
import type { ControlledEvent } from '../ports.ts'
import { defineRoute } from '../route.ts'
import { readQueuedSince } from './read-queued-since.ts'

const params = z.object({ id: identifier })
const body = jsonBody(z.object({}), { isOptional: true })
const access = { scope: 'events:write', people: 'scoped' } as const

const controlledSchema = z.object({
  id: z.string(),
  state: eventStateSchema,
  fanout: z.object({ status: fanoutStatusSchema }),
})

const cancelledSchema = z.object({
  id: z.string(),
  state: eventStateSchema,
  fanout: z.object({ status: fanoutStatusSchema }).nullable(),
  deliveries: z.object({ cancelled: z.number().int(), possiblySent: z.number().int(), tooLate: z.number().int() }),
})

export const pauseEvent = defineControl({
  verb: 'pause',
  summary: 'Reach nobody else for now',
  description:
    'For an event with more than 500 recipients or an audience. Those who were reached already stay so: of these, at ' +
    'most 5,000 messages are still on their way.',
  answer: 'It is paused, also if it was before',
  control: 'pauseEvent',
  wanted: 'PAUSED',
  done: 'paused',
})

export const resumeEvent = defineControl({
  verb: 'resume',
  summary: 'Go on where it was paused, or where it failed',
  answer: 'It goes on, also if it did before',
  control: 'resumeEvent',
  wanted: 'PROCESSING',
  done: 'resumed',
})

export const cancelEvent = defineRoute({
  method: 'post',
  path: '/api/events/{id}/cancel',
  access,
  summary: 'Reach nobody else, and end what waits',
  description:
    'Answers when it is done: `cancelled` deliveries will not be sent, `possiblySent` ones were being handed over, and ' +
    '`tooLate` ones had been sent. What is in the inbox stays there. Of an event that is still QUEUED nothing is planned.',
  params,
  body,
  answers: {
    200: { description: 'It is cancelled, also if it was before', schema: cancelledSchema },
    404: { description: 'There is none' },
  },
  async handle({ caller, params: { id }, exchange }) {
    const queuedSince = readQueuedSince(exchange, caller.tenantId, id)
    const cancelled = await exchange.ports.events.cancelEvent(caller.tenantId, id, queuedSince)
    if (cancelled === undefined) return answerNotFound('event')
    const { state, fanout, cancelled: ended, possibly_sent: possiblySent, too_late: tooLate } = cancelled
    const deliveries = { cancelled: ended, possiblySent, tooLate }
    return answerJson(200, { id, state, fanout: fanout && { status: fanout }, deliveries })
  },
})

interface Control extends Wish {
  readonly verb: string
  readonly summary: string
  readonly description?: string
  readonly answer: string
  readonly control: 'pauseEvent' | 'resumeEvent'
}

interface Wish {
  readonly wanted: ControlledEvent['fanout']
  readonly done: string
}

/** A wish about a fan-out that is under way, granted also where it holds already. */
function defineControl({ verb, answer, control, wanted, done, ...described }: Control) {
  return defineRoute({
    method: 'post',
    path: `/api/events/{id}/${verb}`,
    access,
    ...described,
    params,
    body,
    answers: {
      200: { description: answer, schema: controlledSchema },
      404: { description: 'There is none' },
      409: { description: 'The event is in no state in which that means anything' },
    },
    async handle({ caller, params: { id }, exchange }) {
      const controlled = await exchange.ports.events[control](caller.tenantId, id)
      if (controlled === undefined) return answerUnknown(exchange, caller.tenantId, id)
      return answerControlled(id, controlled, { wanted, done })
    },
  })
}

/** An event of ours that was accepted just now has no row yet. */
function answerUnknown(exchange: Exchange, tenantId: string, id: string): Answer {
  if (readQueuedSince(exchange, tenantId, id) === undefined) return answerNotFound('event')
  return answerProblem(409, 'not_held_yet', 'The event is still on its way; repeat the request.', {
    headers: { 'retry-after': '1' },
  })
}

function answerControlled(id: string, { state, fanout }: ControlledEvent, { wanted, done }: Wish): Answer {
  if (fanout === wanted) return answerJson(200, { id, state, fanout: { status: fanout } })
  const why =
    fanout === null
      ? 'it reaches at most 500 people, so all at once'
      : `it is ${fanout.toLowerCase()}, and that is final`
  return answerProblem(409, 'wrong_state', `The event cannot be ${done}: ${why}.`)
}
