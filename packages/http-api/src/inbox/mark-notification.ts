import { archiveSchema, identifier, markedAnswerSchema, snoozeSchema } from '@carillon/contracts'
import { z } from 'zod'
import { type Answer, answerInvalid, answerJson, answerNotFound } from '../answer.ts'
import { jsonBody } from '../parse-inputs.ts'
import { type Call, defineRoute } from '../route.ts'
import { decidePerson } from '../whose.ts'
import type { InboxMark } from './inbox-store.ts'

/** Marks that stop nothing: an escalation goes on until somebody reads. */

const params = z.object({ id: identifier })
const query = z.object({ userId: identifier.optional() })
const access = { scope: 'notifications:write', people: 'own' } as const
const answers = {
  200: { description: 'The notification as it is now', schema: markedAnswerSchema },
  404: { description: 'There is none, or it is not yours' },
}

// A year is the most: a date that is written here would be refused some day.
const IN_HALF_A_YEAR = new Date(Date.now() + 182 * 86_400_000).toISOString()

export const seeNotification = defineRoute({
  method: 'post',
  path: '/api/notifications/{id}/seen',
  access,
  summary: 'Say that a notification was on screen',
  description: 'Takes the badge away and nothing else: only reading stops an escalation.',
  params,
  query,
  body: jsonBody(z.object({ userId: identifier.optional() }), { isOptional: true, example: { userId: 'user-1' } }),
  answers,
  handle: (call) => mark(call, { kind: 'seen' }),
})

export const archiveNotification = defineRoute({
  method: 'post',
  path: '/api/notifications/{id}/archive',
  access,
  summary: 'Put a notification away, or take it back',
  description: '`archived: false` takes it back.',
  params,
  query,
  body: jsonBody<z.infer<typeof archiveSchema>>(archiveSchema, {
    isOptional: true,
    example: { userId: 'user-1', archived: true },
  }),
  answers,
  handle: (call) => mark(call, { kind: call.body.archived ? 'archive' : 'unarchive' }),
})

export const snoozeNotification = defineRoute({
  method: 'post',
  path: '/api/notifications/{id}/snooze',
  access,
  summary: 'Hide a notification for a while',
  description: 'It comes back into the inbox at `until`, at most a year from now; null brings it back at once.',
  params,
  query,
  body: jsonBody(snoozeSchema, { example: { userId: 'user-1', until: IN_HALF_A_YEAR } }),
  answers,
  async handle(call) {
    const { until } = call.body
    const problem = until === null ? undefined : findSnoozeProblem(new Date(until), call.exchange.settings.now())
    if (problem) return answerInvalid([{ path: 'until', message: problem }])
    return mark(call, { kind: 'snooze', until })
  },
})

const SNOOZE_MS_MAX = 366 * 86_400_000

function findSnoozeProblem(until: Date, now: Date): string | undefined {
  if (until <= now) return 'must be in the future; null ends a snooze'
  return until.getTime() - now.getTime() > SNOOZE_MS_MAX ? 'must be at most a year from now' : undefined
}

type MarkCall = Call<{ id: string }, { userId?: string | undefined }, { userId?: string | undefined }>

async function mark({ caller, params, query, body, exchange }: MarkCall, how: InboxMark): Promise<Answer> {
  const person = decidePerson(caller, body.userId ?? query.userId)
  if (!person.ok) return person.answer
  const ref = { tenantId: caller.tenantId, notificationId: params.id, userId: person.value }
  const notification = await exchange.ports.inbox.markNotification(ref, how)
  return notification ? answerJson(200, { success: true, notification }) : answerNotFound('notification')
}
