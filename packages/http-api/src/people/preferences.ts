import {
  identifier,
  type Preferences,
  type PreferencesAnswer,
  preferencesAnswerSchema,
  preferencesSchema,
} from '@carillon/contracts'
import { z } from 'zod'
import { answerJson } from '../answer.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'
import { decidePerson } from '../whose.ts'

const query = z.object({ userId: identifier.optional() })

export const getPreferences = defineRoute({
  method: 'get',
  path: '/api/preferences',
  access: { scope: 'preferences:read', people: 'own' },
  summary: 'See what a person wants to get, and how',
  query,
  answers: { 200: { description: 'Everything is on until somebody says otherwise', schema: preferencesAnswerSchema } },
  async handle({ caller, query: inQuery, exchange }) {
    const person = decidePerson(caller, inQuery.userId)
    if (!person.ok) return person.answer
    const stored = await exchange.ports.preferences.findPreferences(caller.tenantId, person.value)
    return answerJson(200, describePreferences(stored ?? {}))
  },
})

export const putPreferences = defineRoute({
  method: 'put',
  path: '/api/preferences',
  access: { scope: 'preferences:write', people: 'own' },
  summary: 'Change what a person wants to get, and how',
  description:
    'Fields that are absent stay as they are. A category that is given replaces that category; `quietHours: null` ' +
    'removes the quiet hours.',
  query,
  body: jsonBody(preferencesSchema.extend({ userId: identifier.optional() }), {
    example: {
      userId: 'user-1',
      sms: false,
      categories: { offers: { email: false, push: true } },
      quietHours: { start: '22:00', end: '07:00', timeZone: 'Europe/Berlin' },
    },
  }),
  answers: { 200: { description: 'The preferences as they are now', schema: preferencesAnswerSchema } },
  async handle({ caller, query: inQuery, body: { userId, ...preferences }, exchange }) {
    const person = decidePerson(caller, userId ?? inQuery.userId)
    if (!person.ok) return person.answer
    const saved = await exchange.ports.preferences.savePreferences(caller.tenantId, person.value, preferences)
    return answerJson(200, describePreferences(saved))
  },
})

export function describePreferences(stored: Preferences): PreferencesAnswer {
  const { email = true, push = true, sms = true, inApp = true, whatsapp = true, categories = {}, quietHours } = stored
  return { email, push, sms, inApp, whatsapp, categories, quietHours: quietHours ?? null }
}
