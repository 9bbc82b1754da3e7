import { preferencesAnswerSchema, storedUserSchema } from '@carillon/contracts'
import { expect, it } from 'vitest'
import { mintJwt, startApi } from '../../test/api-under-test.ts'

it('keeps what is known of a person, and changes only what is given', async () => {
  const api = startApi()
  const put = (body: object) => api.call('PUT', '/api/users/u1', { body })
  await put({ email: 'a@b.example', phone: '+4915112345678', roles: ['admin'], timeZone: 'Europe/Berlin' })
  const answer = await put({ phone: null, locale: 'de-AT' })
  expect(storedUserSchema.parse(answer.json)).toMatchObject({
    ...{ id: 'u1', email: 'a@b.example', phone: null, roles: ['admin'], timeZone: 'Europe/Berlin', locale: 'de-AT' },
  })
  expect((await api.call('GET', '/api/users/u1')).json).toEqual(answer.json)
  expect((await api.call('GET', '/api/users/u9')).status).toBe(404)
})

it('shows everything as on until somebody says otherwise', async () => {
  const { json } = await startApi().call('GET', '/api/preferences', { credential: await mintJwt() })
  expect(preferencesAnswerSchema.parse(json)).toEqual({
    ...{ email: true, push: true, sms: true, inApp: true, whatsapp: true, categories: {}, quietHours: null },
  })
})

it('loses no opt-out to a form that shows half of them', async () => {
  const api = startApi()
  const put = (body: object) => api.call('PUT', '/api/preferences?userId=u1', { body })
  await put({ sms: false, categories: { orders: { email: false } }, quietHours: { start: '22:00', end: '07:00' } })
  const { json } = await put({ push: false, categories: { news: { enabled: false } } })
  expect(json).toMatchObject({ sms: false, push: false, email: true, quietHours: { start: '22:00', end: '07:00' } })
  expect(json.categories).toEqual({ orders: { email: false }, news: { enabled: false } })
  expect((await put({ quietHours: null })).json.quietHours).toBeNull()
  expect((await api.call('GET', '/api/users/u1')).json.preferences?.sms).toBe(false)
})

it('asks a service whose preferences it means', async () => {
  const api = startApi()
  const answers = [await api.call('GET', '/api/preferences'), await api.call('PUT', '/api/preferences', { body: {} })]
  expect(answers.map(({ status, json }) => [status, json.code])).toEqual(Array(2).fill([422, 'user_required']))
})
