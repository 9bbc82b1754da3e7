import { identifier, readMultipleSchema, updatedAnswerSchema } from '@carillon/contracts'
import { z } from 'zod'
import { answerJson } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'
import { decidePerson } from '../whose.ts'
import type { InboxPosition } from './inbox-store.ts'

/** Few enough that no transaction holds its locks for long. */
const READ_TOGETHER_MAX = 200
const access = { scope: 'notifications:write', people: 'own' } as const

export const readMultiple = defineRoute({
  method: 'post',
  path: '/api/notifications/read-multiple',
  access,
  summary: 'Mark several notifications read, and stop what waits for that',
  description:
    'Ids are ours or your own. Those that are unknown, not yours or read before change nothing and do not count; only ' +
    'what changed is published.',
  body: jsonBody(readMultipleSchema, { example: { notificationIds: ['order-7', 'order-8'], userId: 'user-1' } }),
  answers: { 200: { description: 'How many were unread until now', schema: updatedAnswerSchema } },
  async handle({ caller, body: { notificationIds, userId }, exchange }) {
    const person = decidePerson(caller, userId)
    if (!person.ok) return person.answer
    const updatedCount = await readAll(exchange, caller.tenantId, person.value, notificationIds)
    return answerJson(200, { success: true, updatedCount })
  },
})

export const readEverything = defineRoute({
  method: 'post',
  path: '/api/notifications/read-all',
  access,
  summary: 'Mark everything in the inbox read, and stop what waits for that',
  description: 'What is archived or snoozed stays as it is. Only what changed is published.',
  query: z.object({ userId: identifier.optional() }),
  body: jsonBody(z.object({ userId: identifier.optional() }), { isOptional: true, example: { userId: 'user-1' } }),
  answers: { 200: { description: 'How many were unread until now', schema: updatedAnswerSchema } },
  async handle({ caller, query, body, exchange }) {
    const person = decidePerson(caller, body.userId ?? query.userId)
    if (!person.ok) return person.answer
    const whose = { tenantId: caller.tenantId, userId: person.value }
    let updatedCount = 0
    // Always towards older ones, so that it ends however many come in meanwhile.
    for (let after: InboxPosition | undefined; ; ) {
      const page = await exchange.ports.inbox.listUnread({ ...whose, after, limit: READ_TOGETHER_MAX })
      const ids = page.map(({ id }) => id)
      updatedCount += await readAll(exchange, whose.tenantId, whose.userId, ids)
      if (page.length < READ_TOGETHER_MAX) return answerJson(200, { success: true, updatedCount })
      after = page.at(-1)
    }
  },
})

async function readAll(
  { ports }: Exchange,
  tenantId: string,
  userId: string,
  notificationIds: readonly string[],
): Promise<number> {
  const read = { kind: 'read', source: 'api', tenantId, userId } as const
  const requests = [...new Set(notificationIds)].map((notificationId) => ({ ...read, notificationId }))
  let changed = 0
  for (let start = 0; start < requests.length; start += READ_TOGETHER_MAX) {
    const stopped = await ports.stops.stopNotifications(requests.slice(start, start + READ_TOGETHER_MAX))
    changed += stopped.filter((one) => one?.isChanged).length
  }
  return changed
}
