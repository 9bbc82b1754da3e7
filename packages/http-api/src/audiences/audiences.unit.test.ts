import { expect, it } from 'vitest'
import { mintJwt, startApi } from '../../test/api-under-test.ts'
import { partOfEach } from '../answered.ts'

const RULE = { all: [{ role: 'farmer' }, { attribute: 'age', atLeast: 18 }] }

it('saves, shows, lists and removes a segment', async () => {
  const api = startApi()
  const saved = await api.call('PUT', '/api/segments/adults', { body: { name: 'Adults', rule: RULE } })
  expect(saved).toMatchObject({ status: 200, json: { code: 'adults', name: 'Adults', rule: RULE, people: 0 } })
  expect((await api.call('GET', '/api/segments/adults')).json).toEqual(saved.json)
  expect((await api.call('GET', '/api/segments')).json.segments).toMatchObject([{ code: 'adults' }])
  expect((await api.call('DELETE', '/api/segments/adults')).status).toBe(200)
  expect((await api.call('GET', '/api/segments/adults')).status).toBe(404)
})

it('refuses a rule that tries to be SQL, lists every problem, and stores nothing', async () => {
  const api = startApi()
  const rule = { any: [{ attribute: 'a', like: "' OR 1=1 --" }, 'true); DROP TABLE "User"; --', { role: ['x'] }] }
  const answer = await api.call('PUT', '/api/segments/evil', { body: { rule, name: 'a\nb' } })
  expect(answer).toMatchObject({ status: 422, json: { code: 'invalid_request' } })
  expect(partOfEach(answer.json.problems, 'path')).toEqual(['name', 'rule.any.0', 'rule.any.1', 'rule.any.2.role'])
  expect((await api.call('GET', '/api/segments')).json.segments).toEqual([])
})

it('takes an event for a segment that exists, and refuses it once the segment is gone', async () => {
  const api = startApi()
  const body = { type: 'X', message: 'hi', audience: { segment: 'adults' } }
  await api.call('PUT', '/api/segments/adults', { body: { rule: RULE } })
  expect(await api.call('POST', '/api/notifications', { body })).toMatchObject({
    ...{ status: 202, json: { recipientCount: null } },
  })
  await api.call('DELETE', '/api/segments/adults')
  expect(await api.call('POST', '/api/notifications', { body })).toMatchObject({
    ...{ status: 422, json: { problems: [{ path: 'audience.segment' }] } },
  })
})

it('subscribes people to a topic and takes them off it', async () => {
  const api = startApi()
  const url = '/api/topics/farm:12/subscribers'
  expect((await api.call('POST', url, { body: { userIds: ['a', 'b', 'a'] } })).json).toEqual({
    ...{ changed: 2, subscribers: 2 },
  })
  expect((await api.call('GET', url)).json).toEqual({ userIds: ['a', 'b'], next: null })
  expect((await api.call('DELETE', url, { body: { userId: 'a' } })).json).toEqual({ changed: 1, subscribers: 1 })
  expect((await api.call('POST', url)).status).toBe(422)
})

it('lets a person subscribe nobody but themselves, and see nobody else', async () => {
  const api = startApi()
  const url = '/api/topics/farm:12/subscribers'
  const credential = await mintJwt({ scope: 'audiences:write audiences:read' })
  await api.call('POST', url, { body: { userIds: ['x'] } })
  expect((await api.call('POST', url, { credential, body: {} })).json).toEqual({ changed: 1, subscribers: 2 })
  expect((await api.call('POST', url, { credential, body: { userIds: ['u1', 'x'] } })).status).toBe(404)
  expect((await api.call('DELETE', url, { credential, body: { userId: 'x' } })).status).toBe(404)
  expect((await api.call('GET', url, { credential })).json.userIds).toEqual(['u1'])
})
