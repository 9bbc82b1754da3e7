import { decideNextRun } from '@carillon/clock'
import {
  identifier,
  type Problem,
  type ScheduleAnswer,
  type ScheduleInput,
  scheduleAnswerSchema,
  scheduleSchema,
  schedulesAnswerSchema,
} from '@carillon/contracts'
import { z } from 'zod'
import { answerInvalid, answerJson, answerNotFound } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { checkEvent } from '../notifications/accept-event.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'
import type { Schedule } from './schedule-ports.ts'

const path = '/api/schedules/{id}'
const params = z.object({ id: identifier })
const access = { scope: 'events:write', people: 'scoped' } as const
const readAccess = { scope: 'events:read', people: 'scoped' } as const

export const putSchedule = defineRoute({
  method: 'put',
  path,
  access,
  summary: 'Send an event again and again',
  description:
    'By a cron pattern of five fields in a time zone. A time that the clocks skip in spring comes right after the gap; one ' +
    'that they show twice in autumn comes once. Runs that nobody was there for are counted in missedRuns.',
  params,
  body: jsonBody<ScheduleInput>(scheduleSchema, {
    example: {
      cron: '30 9 * * 1-5',
      timeZone: 'Europe/Berlin',
      event: { type: 'DAILY_REPORT', message: 'The report of the day is ready', recipientIds: ['user-1'] },
    },
  }),
  answers: { 200: { description: 'The schedule and its next run', schema: scheduleAnswerSchema } },
  async handle({ caller, params: { id }, body, exchange }) {
    const now = exchange.settings.now()
    const nextRunAt = decideNextRun(body.cron, body.timeZone, now)
    const problems = await findProblems(exchange, caller.tenantId, body)
    if (nextRunAt === undefined) problems.unshift(WRONG_CRON)
    if (nextRunAt === undefined || problems.length > 0) return answerInvalid(problems)
    const { paused: isPaused, cron, timeZone, event, onMissed } = body
    const toSave = { id, cron, timeZone, event, onMissed, isPaused, nextRunAt: isPaused ? null : nextRunAt }
    return answerJson(200, describe(await exchange.ports.schedules.saveSchedule(caller.tenantId, toSave)))
  },
})

export const getSchedules = defineRoute({
  method: 'get',
  path: '/api/schedules',
  access: readAccess,
  summary: 'List schedules',
  answers: { 200: { description: 'In the order of their ids', schema: schedulesAnswerSchema } },
  async handle({ caller, exchange }) {
    const schedules = await exchange.ports.schedules.listSchedules(caller.tenantId)
    return answerJson(200, { schedules: schedules.map(describe) })
  },
})

export const getSchedule = defineRoute({
  method: 'get',
  path,
  access: readAccess,
  summary: 'See a schedule, its next run and the runs that were missed',
  params,
  answers: {
    200: { description: 'The schedule', schema: scheduleAnswerSchema },
    404: { description: 'There is none' },
  },
  async handle({ caller, params: { id }, exchange }) {
    const schedule = await exchange.ports.schedules.findSchedule(caller.tenantId, id)
    return schedule ? answerJson(200, describe(schedule)) : answerNotFound('schedule')
  },
})

export const deleteSchedule = defineRoute({
  method: 'delete',
  path,
  access,
  summary: 'End a schedule',
  description: 'Events that it brought before go on; cancel them by their ids or their key.',
  params,
  answers: {
    200: { description: 'It is gone', schema: z.object({ success: z.literal(true) }) },
    404: { description: 'There is none' },
  },
  async handle({ caller, params: { id }, exchange }) {
    const isGone = await exchange.ports.schedules.deleteSchedule(caller.tenantId, id)
    return isGone ? answerJson(200, { success: true }) : answerNotFound('schedule')
  },
})

const WRONG_CRON: Problem = {
  path: 'cron',
  message: 'must be five fields: minute, hour, day of the month, month and day of the week, like "30 9 * * 1-5"',
}

/** What is wrong with its event is said now, not at its first run. */
async function findProblems(exchange: Exchange, tenantId: string, { event }: ScheduleInput): Promise<Problem[]> {
  const checked = await checkEvent(exchange, tenantId, event, exchange.settings.now())
  if (!checked.ok)
    return checked.problems.map(({ path: at, message }) => ({ path: at ? `event.${at}` : 'event', message }))
  if (!checked.event.sendAt) return []
  return [{ path: 'event.sendAt', message: 'a schedule has its own times: leave out sendAt and delay' }]
}

function describe({ isPaused, nextRunAt, lastRunAt, lastMissedAt, ...schedule }: Schedule): ScheduleAnswer {
  return {
    ...schedule,
    paused: isPaused,
    nextRunAt: nextRunAt?.toISOString() ?? null,
    lastRunAt: lastRunAt?.toISOString() ?? null,
    lastMissedAt: lastMissedAt?.toISOString() ?? null,
  }
}
