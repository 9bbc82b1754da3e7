import { apiKeysAnswerSchema, mintedKeyAnswerSchema } from '@carillon/contracts'
import { expect, it } from 'vitest'
import { startApi } from '../../test/api-under-test.ts'
import { SCOPES } from './caller.ts'

type Api = ReturnType<typeof startApi>
const make = (api: Api, body: object = {}, credential = api.token) =>
  api.call('POST', '/api/api-keys', { body: { name: 'shop', scopes: ['users:read'], ...body }, credential })
const statusOf = async (api: Api, credential: string) => (await api.call('GET', '/api/users/u1', { credential })).status
const pass = (api: Api, seconds: number) => {
  api.clock.now = new Date(api.clock.now.getTime() + seconds * 1_000)
}

it('makes a key that works, and shows its secret once', async () => {
  const api = startApi()
  const made = await make(api)
  const { apiKey, token } = mintedKeyAnswerSchema.parse(made.json)
  expect(made.status).toBe(201)
  expect(await statusOf(api, token)).toBe(404)
  expect((await api.call('PUT', '/api/users/u1', { credential: token, body: {} })).status).toBe(403)
  const list = await api.call('GET', '/api/api-keys')
  expect(apiKeysAnswerSchema.parse(list.json).apiKeys).toContainEqual(apiKey)
  expect(list.text).not.toContain(token.split('.')[1])
  expect(list.text).not.toContain('secretHash')
})

it('hands out no scope that the caller does not hold', async () => {
  const api = startApi()
  const credential = api.addKey(['keys:write', 'users:read']).token
  expect((await make(api, {}, credential)).status).toBe(201)
  expect((await make(api, { scopes: ['users:write'] }, credential)).status).toBe(422)
  const { id } = api.addKey(SCOPES)
  expect((await api.call('POST', `/api/api-keys/${id}/rotate`, { credential })).status).toBe(422)
})

it.each([
  { name: '' },
  { name: 'a\nb' },
  { scopes: [] },
  { scopes: ['root'] },
  { expiresAt: '2020-01-01T00:00:00Z' },
  { expiresAt: 'soon' },
])('refuses %j', async (body) => {
  expect((await make(startApi(), body)).status).toBe(422)
})

it('rotates without a stop: both work for a while, then only the new one', async () => {
  const api = startApi()
  const { apiKey, token } = mintedKeyAnswerSchema.parse((await make(api)).json)
  const rotated = await api.call('POST', `/api/api-keys/${apiKey.id}/rotate`, { body: { overlapSeconds: 60 } })
  const next = mintedKeyAnswerSchema.parse(rotated.json)
  expect([rotated.status, next.apiKey.name, next.apiKey.scopes]).toEqual([201, 'shop', ['users:read']])
  expect([await statusOf(api, token), await statusOf(api, next.token)]).toEqual([404, 404])
  pass(api, 66)
  expect([await statusOf(api, token), await statusOf(api, next.token)]).toEqual([401, 404])
})

it('lets a name have two keys that live, and no third', async () => {
  const api = startApi()
  const { apiKey } = mintedKeyAnswerSchema.parse((await make(api)).json)
  expect((await make(api)).status).toBe(201)
  const third = await make(api)
  expect([third.status, third.json.code]).toEqual([409, 'too_many_keys'])
  expect((await api.call('POST', `/api/api-keys/${apiKey.id}/rotate`)).status).toBe(409)
  await api.call('DELETE', `/api/api-keys/${apiKey.id}`)
  expect((await make(api)).status).toBe(201)
})

it('revokes a key, for good and within five seconds', async () => {
  const api = startApi()
  const { apiKey, token } = mintedKeyAnswerSchema.parse((await make(api)).json)
  await statusOf(api, token)
  expect((await api.call('DELETE', `/api/api-keys/${apiKey.id}`)).status).toBe(200)
  pass(api, 5.001)
  expect(await statusOf(api, token)).toBe(401)
  expect((await api.call('DELETE', `/api/api-keys/${apiKey.id}`)).status).toBe(404)
  expect((await api.call('POST', `/api/api-keys/${apiKey.id}/rotate`)).status).toBe(404)
})

it("knows nothing of another tenant's keys", async () => {
  const api = startApi()
  const { apiKey } = mintedKeyAnswerSchema.parse((await make(api)).json)
  const credential = api.addKey(undefined, 't2').token
  expect((await api.call('DELETE', `/api/api-keys/${apiKey.id}`, { credential })).status).toBe(404)
  expect((await api.call('POST', `/api/api-keys/${apiKey.id}/rotate`, { credential })).status).toBe(404)
  expect((await api.call('GET', '/api/api-keys', { credential })).text).not.toContain(apiKey.id)
})

it('notes that a key was used, at most once for every time that it is read', async () => {
  const api = startApi()
  for (let n = 0; n < 10; n++) await statusOf(api, api.token)
  expect(api.usedKeys).toHaveLength(1)
  pass(api, 6)
  await statusOf(api, api.token)
  expect(api.usedKeys).toHaveLength(2)
  await statusOf(api, `${api.token.slice(0, -4)}AAAA`)
  expect(api.usedKeys).toHaveLength(2)
})

it('names every scope once', () => {
  expect(SCOPES).toEqual([...new Set(SCOPES)].sort())
})
