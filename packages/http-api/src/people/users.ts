import { identifier, storedUserSchema, userSchema } from '@carillon/contracts'
import { z } from 'zod'
import { answerJson, answerNotFound } from '../answer.ts'
import { jsonBody } from '../parse-inputs.ts'
import type { StoredUser } from '../ports.ts'
import { defineRoute } from '../route.ts'
import { decidePerson } from '../whose.ts'
import { describePreferences } from './preferences.ts'

const params = z.object({ id: identifier })

export const putUser = defineRoute({
  method: 'put',
  path: '/api/users/{id}',
  access: { scope: 'users:write', people: 'scoped' },
  summary: 'Say where and how a person can be reached',
  description: 'Fields that are absent stay as they are; null clears one.',
  params,
  body: jsonBody(userSchema, {
    example: {
      email: 'ann@example.com',
      phone: '+4917612345678',
      roles: ['admin'],
      locale: 'de',
      timeZone: 'Europe/Berlin',
    },
  }),
  answers: {
    200: { description: 'What is known of the person now', schema: storedUserSchema },
    404: { description: 'A token may only change its own person' },
  },
  async handle({ caller, params: { id }, body, exchange }) {
    const person = decidePerson(caller, id)
    if (!person.ok) return person.answer
    return answerJson(200, describeUser(await exchange.ports.users.saveUser(caller.tenantId, person.value, body)))
  },
})

export const getUser = defineRoute({
  method: 'get',
  path: '/api/users/{id}',
  access: { scope: 'users:read', people: 'own' },
  summary: 'See what is known of a person',
  params,
  answers: {
    200: { description: 'What is known of the person', schema: storedUserSchema },
    404: { description: 'There is none, or a token asks for another person' },
  },
  async handle({ caller, params: { id }, exchange }) {
    const person = decidePerson(caller, id)
    if (!person.ok) return person.answer
    const user = await exchange.ports.users.findUser(caller.tenantId, person.value)
    return user ? answerJson(200, describeUser(user)) : answerNotFound('user')
  },
})

function describeUser(user: StoredUser) {
  return { ...user, preferences: describePreferences(user.preferences) }
}
