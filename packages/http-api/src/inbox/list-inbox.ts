import {
  identifier,
  inboxAnswerSchema,
  inboxItemSchema,
  inboxQuerySchema,
  unreadCountSchema,
} from '@carillon/contracts'
import { z } from 'zod'
import { answerInvalid, answerJson, answerNotFound } from '../answer.ts'
import { openCursor, sealCursor } from '../cursor.ts'
import { defineRoute } from '../route.ts'
import { decideNotification, decidePerson } from '../whose.ts'
import type { InboxPosition } from './inbox-store.ts'

export const getInbox = defineRoute({
  method: 'get',
  path: '/api/notifications',
  access: { scope: 'notifications:read', people: 'own' },
  summary: 'See the inbox of a person, the newest first',
  description:
    '`status` is `active` unless said otherwise: neither archived nor snoozed. Pass `nextCursor` on as `cursor`, with ' +
    'the same filters, for what is older; what comes in meanwhile moves nothing.',
  query: inboxQuerySchema,
  answers: { 200: { description: 'A page of the inbox', schema: inboxAnswerSchema } },
  async handle({ caller, query, exchange }) {
    const person = decidePerson(caller, query.userId)
    if (!person.ok) return person.answer
    const { tenantId } = caller
    const { eventIdKeys: keys } = exchange.settings
    const { status, unread, limit } = query
    const binding = ['inbox', tenantId, person.value, status, String(unread)]
    const after = query.cursor === undefined ? undefined : readPosition(openCursor(keys, binding, query.cursor))
    if (after === 'refused') return answerInvalid([{ path: 'cursor', message: CURSOR_REFUSED }])
    const page = { tenantId, userId: person.value, status, unread, after, limit: limit + 1 }
    const found = await exchange.ports.inbox.listInbox(page)
    const notifications = found.slice(0, limit)
    const last = found.length > limit ? notifications.at(-1) : undefined
    const nextCursor = last ? sealCursor(keys, binding, [last.createdAt, last.id]) : null
    return answerJson(200, { notifications, nextCursor })
  },
})

const CURSOR_REFUSED = 'must be a nextCursor of this very list: same person, same filters'

function readPosition(position: readonly string[] | undefined): InboxPosition | 'refused' {
  const [createdAt, id] = position ?? []
  return createdAt !== undefined && id !== undefined ? { createdAt, id } : 'refused'
}

export const getUnreadCount = defineRoute({
  method: 'get',
  path: '/api/notifications/unread-count',
  access: { scope: 'notifications:read', people: 'own' },
  summary: 'Count what a person has not read',
  query: z.object({ userId: identifier.optional() }),
  answers: { 200: { description: 'Archived and snoozed ones do not count', schema: unreadCountSchema } },
  async handle({ caller, query, exchange }) {
    const person = decidePerson(caller, query.userId)
    if (!person.ok) return person.answer
    return answerJson(200, await exchange.ports.inbox.countUnread(caller.tenantId, person.value))
  },
})

export const getNotification = defineRoute({
  method: 'get',
  path: '/api/notifications/{id}',
  access: { scope: 'notifications:read', people: 'own' },
  summary: 'See one notification',
  description: 'The id is ours, or your own notificationId together with userId.',
  params: z.object({ id: identifier }),
  query: z.object({ userId: identifier.optional() }),
  answers: {
    200: { description: 'The notification', schema: inboxItemSchema },
    404: { description: 'There is none, or it is not yours' },
  },
  async handle({ caller, params, query, exchange }) {
    const ref = decideNotification(caller, params.id, query.userId)
    if (!ref.ok) return ref.answer
    const found = await exchange.ports.inbox.findNotification(ref.value)
    return found ? answerJson(200, found) : answerNotFound('notification')
  },
})
