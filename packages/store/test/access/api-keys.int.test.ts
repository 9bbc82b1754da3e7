import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCredentialStore } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

const keys = () => createCredentialStore({ pool: store.pool })

describe('API keys', () => {
  it('are found until they are unknown, and say when they were revoked', async () => {
    const key = { tenantId: 'default', name: 'orders', secretHash: 'ab', scopes: ['events:write'], expiresAt: null }
    await keys().saveApiKey({ ...key, id: 'k1' })
    await keys().saveApiKey({ ...key, id: 'k2', tenantId: 'acme', expiresAt: new Date('2030-01-01T00:00:00Z') })
    expect(await keys().findApiKey('k1')).toEqual({
      ...key,
      id: 'k1',
      lastUsedAt: null,
      revokedAt: null,
      createdAt: expect.any(Date),
    })
    expect(await keys().findApiKey('k3')).toBeUndefined()
    expect((await keys().listApiKeys('acme')).map((one) => [one.id, one.expiresAt])).toEqual([
      ['k2', new Date('2030-01-01T00:00:00Z')],
    ])
    expect(await keys().revokeApiKey('acme', 'k1')).toBe(false)
    expect(await keys().revokeApiKey('default', 'k1')).toBe(true)
    expect(await keys().revokeApiKey('default', 'k1')).toBe(false)
    expect((await keys().findApiKey('k1'))?.revokedAt).toBeInstanceOf(Date)
  })
})

describe('API keys made over REST', () => {
  const make = (id: string, name = 'shop') =>
    keys().addApiKey({ id, tenantId: 'keys', name, secretHash: id, scopes: ['users:read'], expiresAt: null })

  it('of one name live two at a time, however many are made at once', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, (_, n) => make(`race${n}`, 'race')))
    expect(made.filter(Boolean)).toHaveLength(2)
  })

  it('rotate: the old one ends after its overlap, and never later than it would have', async () => {
    await make('old')
    const next = await keys().rotateApiKey('keys', 'old', { id: 'new', secretHash: 'h' }, 60)
    expect(next).toMatchObject({ id: 'new', name: 'shop', scopes: ['users:read'], expiresAt: null, lastUsedAt: null })
    const old = await keys().findApiKey('old')
    const leftMs = (old?.expiresAt?.getTime() ?? 0) - Date.now()
    expect(leftMs).toBeGreaterThan(50_000)
    expect(leftMs).toBeLessThan(70_000)
    expect(await keys().rotateApiKey('keys', 'old', { id: 'x', secretHash: 'h' }, 60)).toBe('two_live')
    expect(await keys().rotateApiKey('acme', 'new', { id: 'y', secretHash: 'h' }, 60)).toBe('unknown')
    await keys().revokeApiKey('keys', 'old')
    expect(await keys().rotateApiKey('keys', 'old', { id: 'z', secretHash: 'h' }, 60)).toBe('unknown')
  })

  it('know when they were used, to the minute', async () => {
    await make('used', 'used')
    await keys().recordApiKeyUse('used')
    const first = (await keys().findApiKey('used'))?.lastUsedAt
    expect(first).toEqual(expect.any(Date))
    await keys().recordApiKeyUse('used')
    expect((await keys().findApiKey('used'))?.lastUsedAt).toEqual(first)
  })
})
