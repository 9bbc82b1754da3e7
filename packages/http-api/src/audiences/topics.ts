import { identifier } from '@carillon/contracts'
import { z } from 'zod'
import { answerJson } from '../answer.ts'
import type { Caller } from '../auth/caller.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'
import { decidePerson, type Whose } from '../whose.ts'

const USERS_MAX = 1_000

const params = z.object({ key: identifier })
const body = jsonBody(
  z.object({ userId: identifier.optional(), userIds: z.array(identifier).min(1).max(USERS_MAX).optional() }),
  { isOptional: true, example: { userIds: ['user-1', 'user-2'] } },
)
const changedSchema = z.object({ changed: z.number().int(), subscribers: z.number().int() })

interface Named {
  readonly userId?: string | undefined
  readonly userIds?: readonly string[] | undefined
}

export const postSubscribers = defineRoute({
  method: 'post',
  path: '/api/topics/{key}/subscribers',
  access: { scope: 'audiences:write', people: 'scoped' },
  summary: 'Subscribe people to a topic',
  description:
    'A topic begins with its first subscriber. `audience: { topic }` of an event means all who are there then.',
  params,
  body,
  answers: { 200: { description: 'How many were new, and how many there are now', schema: changedSchema } },
  async handle({ caller, params: { key }, body: named, exchange }) {
    const people = decidePeople(caller, named)
    if (!people.ok) return people.answer
    return answerJson(200, await exchange.ports.audiences.addSubscribers(caller.tenantId, key, people.value))
  },
})

export const deleteSubscribers = defineRoute({
  method: 'delete',
  path: '/api/topics/{key}/subscribers',
  access: { scope: 'audiences:write', people: 'scoped' },
  summary: 'Take people off a topic',
  params,
  body,
  answers: { 200: { description: 'How many were there, and how many are left', schema: changedSchema } },
  async handle({ caller, params: { key }, body: named, exchange }) {
    const people = decidePeople(caller, named)
    if (!people.ok) return people.answer
    return answerJson(200, await exchange.ports.audiences.removeSubscribers(caller.tenantId, key, people.value))
  },
})

export const getSubscribers = defineRoute({
  method: 'get',
  path: '/api/topics/{key}/subscribers',
  access: { scope: 'audiences:read', people: 'scoped' },
  summary: 'See who is subscribed to a topic',
  description:
    'A thousand at a time, in the order of their ids; `after` is the last id of the page before. A person sees only ' +
    'whether it is they.',
  params,
  query: z.object({ after: identifier.optional() }),
  answers: {
    200: {
      description: 'Their ids; `next` is null on the last page',
      schema: z.object({ userIds: z.array(z.string()), next: z.string().nullable() }),
    },
  },
  async handle({ caller, params: { key }, query: { after = '' }, exchange }) {
    const userIds = await exchange.ports.audiences.listSubscribers(caller.tenantId, key, {
      ...(caller.kind === 'person' && { only: caller.userId }),
      ...{ after, limit: USERS_MAX },
    })
    return answerJson(200, { userIds, next: userIds.length === USERS_MAX ? (userIds.at(-1) ?? null) : null })
  },
})

/** A person means themselves, and may name nobody else. */
function decidePeople(caller: Caller, { userId, userIds = [] }: Named): Whose<readonly string[]> {
  const named = [...(userId === undefined ? [] : [userId]), ...userIds]
  const [first, ...others] = [...new Set(named)]
  const person = decidePerson(caller, first)
  if (!person.ok || caller.kind === 'service')
    return person.ok ? { ok: true, value: [person.value, ...others] } : person
  const other = others[0] === undefined ? person : decidePerson(caller, others[0])
  return other.ok ? { ok: true, value: [other.value] } : other
}
