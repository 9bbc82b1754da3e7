import { expect, it } from 'vitest'
import { startApi } from '../../test/api-under-test.ts'

function start() {
  const api = startApi()
  const { suppressions } = api
  const keep = (email: string, more: { tenantId?: string; isWish?: boolean } = {}) => {
    const { tenantId = 't1' } = more
    const addressHash = suppressions.hashAddress(tenantId, email)
    const createdAt = '2026-05-01T10:00:00.000Z'
    suppressions.kept.push({
      ...{ tenantId, channel: 'EMAIL', addressHash, reason: 'smtp_mailbox_unknown', deliveryId: null, createdAt },
      ...more,
    })
  }
  return { api, keep, list: async (query = '') => (await api.call('GET', `/api/suppressions${query}`)).json }
}

it('lists them page by page, and finds one by its address', async () => {
  const { keep, list } = start()
  for (const name of ['a', 'b', 'c']) keep(`${name}@mail.test`)
  keep('d@mail.test', { tenantId: 't2' })
  const first = await list('?limit=2')
  const rest = await list(`?limit=2&cursor=${first.nextCursor}`)
  expect([first.suppressions?.length, rest.suppressions?.length, rest.nextCursor]).toEqual([2, 1, null])
  const found = await list('?address=B@mail.test')
  expect(found.suppressions).toMatchObject([{ channel: 'EMAIL', reason: 'smtp_mailbox_unknown' }])
  expect((await list('?address=d@mail.test')).suppressions).toEqual([])
})

it('lifts one that a provider found out, by its address or its hash', async () => {
  const { api, keep, list } = start()
  for (const name of ['a', 'b']) keep(`${name}@mail.test`)
  const lift = async (body: object) => (await api.call('DELETE', '/api/suppressions', { body })).json.removed
  expect(await lift({ channel: 'EMAIL', address: 'a@mail.test' })).toBe(1)
  expect(await lift({ channel: 'EMAIL', address: 'a@mail.test' })).toBe(0)
  const addressHash = (await list()).suppressions?.[0]?.addressHash
  expect(await lift({ channel: 'SMS', addressHash })).toBe(0)
  expect(await lift({ channel: 'EMAIL', addressHash })).toBe(1)
})

it('leaves alone what a person asked for, and asks for one way to name it', async () => {
  const { api, keep, list } = start()
  keep('a@mail.test', { isWish: true })
  const lift = (body: object) => api.call('DELETE', '/api/suppressions', { body })
  expect(await lift({ channel: 'EMAIL', address: 'a@mail.test' })).toMatchObject({
    status: 409,
    json: { code: 'wrong_state' },
  })
  expect((await list()).suppressions).toHaveLength(1)
  expect((await lift({ channel: 'EMAIL' })).status).toBe(422)
})
