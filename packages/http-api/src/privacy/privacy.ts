import { erasedAnswerSchema, identifier, personExportSchema } from '@carillon/contracts'
import { z } from 'zod'
import { answerJson } from '../answer.ts'
import { describePreferences } from '../people/preferences.ts'
import { defineRoute } from '../route.ts'
import { decidePerson } from '../whose.ts'

const params = z.object({ id: identifier })

export const exportUser = defineRoute({
  method: 'get',
  path: '/api/users/{id}/export',
  access: { scope: 'users:read', people: 'own' },
  summary: 'Everything that is kept of a person',
  description: 'With whole device tokens and addresses. At most the 5,000 newest notifications; `isComplete` says so.',
  params,
  answers: {
    200: { description: 'What is kept; of somebody unknown nothing is', schema: personExportSchema },
    404: { description: 'A token asks for another person' },
  },
  async handle({ caller, params: { id }, exchange }) {
    const person = decidePerson(caller, id)
    if (!person.ok) return person.answer
    const { user, ...rest } = await exchange.ports.privacy.exportPerson(caller.tenantId, person.value)
    const described = user && { ...user, preferences: describePreferences(user.preferences) }
    return answerJson(200, { user: described, ...rest })
  },
})

export const eraseUser = defineRoute({
  method: 'delete',
  path: '/api/users/{id}',
  access: { scope: 'users:write', people: 'scoped' },
  summary: 'Erase a person',
  description:
    'Ends what waits, leaves the person out of events and schedules that others get too, and removes address, devices and ' +
    'texts everywhere. What was accepted before reaches them no more. Suppressions stay, as keyed hashes. Kafka forgets by ' +
    'retention, within seven days. It may be repeated.',
  params,
  answers: {
    200: { description: 'What was erased just now', schema: erasedAnswerSchema },
    404: { description: 'A token names another person' },
  },
  async handle({ caller, params: { id }, exchange }) {
    const person = decidePerson(caller, id)
    if (!person.ok) return person.answer
    const erased = await exchange.ports.privacy.erasePerson(caller.tenantId, person.value)
    return answerJson(200, { success: true, erased })
  },
})
