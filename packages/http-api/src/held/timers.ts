import {
  endedTimerAnswerSchema,
  identifier,
  isGated,
  type Problem,
  type TimerAnswer,
  type TimerInput,
  timerAnswerSchema,
  timerSchema,
  timersAnswerSchema,
} from '@carillon/contracts'
import { z } from 'zod'
import { type Answer, answerInvalid, answerJson, answerNotFound } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { checkEvent } from '../notifications/accept-event.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'
import type { Timer, TimerToSet } from './timer-ports.ts'

const params = z.object({ key: identifier })
const access = { scope: 'events:write', people: 'scoped' } as const
const readAccess = { scope: 'events:read', people: 'scoped' } as const

export const postTimer = defineRoute({
  method: 'post',
  path: '/api/timers',
  access,
  summary: 'Set a timer',
  description:
    'When nobody cancels or acknowledges it in time, it publishes `event` (onDue notify) or tells `timer.expired` with ' +
    '`data` on notification.outcomes (onDue emit). A timer that waits under the same key gives way.',
  body: jsonBody<TimerInput>(timerSchema, {
    example: {
      key: 'order-7-unpaid',
      afterSeconds: 900,
      onDue: 'notify',
      event: { type: 'ORDER_REMINDER', message: 'Your order is waiting', recipientIds: ['user-1'] },
    },
  }),
  answers: { 201: { description: 'It waits', schema: timerAnswerSchema } },
  async handle({ caller, body, exchange }) {
    const checked = await checkPayload(exchange, caller.tenantId, body)
    if (!checked.ok) return answerInvalid(checked.problems)
    const timer = await exchange.ports.timers.setTimer(caller.tenantId, toTimer(body, checked.payload))
    return answerJson(201, describeTimer(timer), { location: `/api/timers/${encodeURIComponent(timer.key)}` })
  },
})

export const getTimers = defineRoute({
  method: 'get',
  path: '/api/timers',
  access: readAccess,
  summary: 'List timers',
  description: 'The newest first. `before` is the createdAt of the last one of the page before.',
  query: z.object({
    before: z.iso.datetime({ offset: true }).optional(),
    limit: z.coerce.number().int().min(1).max(100).default(50),
  }),
  answers: { 200: { description: 'The timers', schema: timersAnswerSchema } },
  async handle({ caller, query: { before, limit }, exchange }) {
    const from = before === undefined ? null : new Date(before)
    const timers = await exchange.ports.timers.listTimers(caller.tenantId, from, limit)
    return answerJson(200, { timers: timers.map(describeTimer) })
  },
})

export const getTimer = defineRoute({
  method: 'get',
  path: '/api/timers/{key}',
  access: readAccess,
  summary: 'See how the last timer under a key stands',
  params,
  answers: { 200: { description: 'The timer', schema: timerAnswerSchema }, 404: { description: 'There is none' } },
  async handle({ caller, params: { key }, exchange }) {
    const timer = await exchange.ports.timers.findTimer(caller.tenantId, key)
    return timer ? answerJson(200, describeTimer(timer)) : answerNotFound('timer')
  },
})

const ended = {
  200: { description: 'Whether this ended it, or it was too late', schema: endedTimerAnswerSchema },
  404: { description: 'There never was one' },
}

export const deleteTimer = defineRoute({
  method: 'delete',
  path: '/api/timers/{key}',
  access,
  summary: 'Cancel a timer',
  params,
  answers: ended,
  handle: ({ caller, params: { key }, exchange }) => endTimer(exchange, caller.tenantId, key, 'cancelled'),
})

export const acknowledgeTimer = defineRoute({
  method: 'post',
  path: '/api/timers/{key}/acknowledge',
  access,
  summary: 'Acknowledge a timer: what it waited for has happened',
  params,
  answers: ended,
  handle: ({ caller, params: { key }, exchange }) => endTimer(exchange, caller.tenantId, key, 'acknowledged'),
})

async function endTimer(
  { ports }: Exchange,
  tenantId: string,
  key: string,
  how: 'cancelled' | 'acknowledged',
): Promise<Answer> {
  const timer = await ports.timers.endTimer(tenantId, key, how)
  if (!timer) return answerNotFound('timer')
  return answerJson(200, {
    success: true,
    answer: timer.isEndedNow ? 'ended' : 'too_late',
    timer: describeTimer(timer),
  })
}

type Payload =
  | { readonly ok: true; readonly payload: TimerToSet['payload'] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** What is wrong with its event is said now, not when it goes off. */
async function checkPayload(exchange: Exchange, tenantId: string, { event, data }: TimerInput): Promise<Payload> {
  if (event === undefined) return { ok: true, payload: data ?? null }
  const checked = await checkEvent(exchange, tenantId, event, exchange.settings.now())
  const inEvent = ({ path, message }: Problem) => ({ path: path ? `event.${path}` : 'event', message })
  if (!checked.ok) return { ok: false, problems: checked.problems.map(inEvent) }
  const { sendAt, requiresApproval, cancelKey } = checked.event
  if (!isGated({ sendAt, requiresApproval, cancelKey })) return { ok: true, payload: checked.event }
  const message = 'a timer has its own time and key: leave out sendAt, delay, requiresApproval and cancelKey'
  return { ok: false, problems: [{ path: 'event', message }] }
}

function toTimer({ key, dueAt, afterSeconds = 0, onDue }: TimerInput, payload: TimerToSet['payload']): TimerToSet {
  return { key, due: dueAt === undefined ? { afterSeconds } : { at: new Date(dueAt) }, onDue, payload }
}

function describeTimer({ id, key, state, onDue, dueAt, endedAt, createdAt }: Timer): TimerAnswer {
  const ended = state === 'WAITING' ? null : (endedAt?.toISOString() ?? null)
  return { id, key, state, onDue, dueAt: dueAt.toISOString(), endedAt: ended, createdAt: createdAt.toISOString() }
}
