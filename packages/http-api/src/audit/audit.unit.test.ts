import { expect, it } from 'vitest'
import { mintJwt, startApi } from '../../test/api-under-test.ts'

it('every administrative act leaves who, what and when, and no address or text', async () => {
  const api = startApi()
  await api.call('PUT', '/api/users/u1', { body: { email: 'ada@mail.test' } })
  await api.call('DELETE', '/api/users/u1')
  const { json } = await api.call('GET', '/api/audit')
  const actor = expect.stringMatching(/^key:\w+$/)
  const at = '2026-05-01T10:00:00.000Z'
  expect(json.entries).toMatchObject([
    { actor, action: 'DELETE /api/users/{id}', subject: 'u1', at },
    { actor, action: 'PUT /api/users/{id}', subject: 'u1', at, detail: { status: 200 } },
  ])
  expect(JSON.stringify(json)).not.toContain('ada@mail.test')
})

it('what was refused, what was only read and what services do all day leaves nothing', async () => {
  const api = startApi()
  await api.call('PUT', '/api/users/u1', { body: { email: 'none' } })
  await api.call('GET', '/api/users/u1')
  await api.call('POST', '/api/simulate', { body: { event: { type: 'T', message: 'm', recipientIds: ['u1'] } } })
  await api.call('POST', '/api/notifications', { body: { type: 'T', message: 'm', recipientIds: ['u1'] } })
  await api.call('PUT', '/api/preferences', { body: { sms: false }, credential: await mintJwt() })
  expect((await api.call('GET', '/api/audit')).json.entries).toEqual([])
})

it('a person who acts is named, and other tenants see nothing of it', async () => {
  const api = startApi()
  const credential = await mintJwt({ scope: 'settings:write' })
  await api.call('PUT', '/api/mail-settings', { body: { fromName: 'Acme' }, credential })
  const entry = (await api.call('GET', '/api/audit')).json.entries?.[0]
  expect(entry).toMatchObject({ actor: 'user:u1', action: 'PUT /api/mail-settings', subject: null })
  const other = api.addKey(undefined, 't2').token
  expect((await api.call('GET', '/api/audit', { credential: other })).json.entries).toEqual([])
})

it('pages by a cursor that works for this list alone', async () => {
  const api = startApi()
  for (const name of ['a', 'b', 'c']) await api.call('PUT', '/api/mail-settings', { body: { fromName: name } })
  const first = (await api.call('GET', '/api/audit?limit=2')).json
  const rest = (await api.call('GET', `/api/audit?limit=2&cursor=${first.nextCursor}`)).json
  expect([first.entries?.length, rest.entries?.length, rest.nextCursor]).toEqual([2, 1, null])
  const elsewhere = await api.call('GET', `/api/audit?actor=user:u1&cursor=${first.nextCursor}`)
  expect(elsewhere.status).toBe(422)
})
