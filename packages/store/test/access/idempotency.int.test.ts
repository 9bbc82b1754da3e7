import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIdempotencyStore } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { countRows } from '../rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

describe('an idempotency key', () => {
  const keys = () => createIdempotencyStore({ pool: store.pool })
  const claim = (key: string, fingerprint: string, eventId: string, tenantId = 'default') =>
    keys().claimKey({ tenantId, key, fingerprint, eventId })

  it('stands for the event that claimed it first, and tells another body', async () => {
    expect(await claim('order-1', 'f1', 'e1')).toEqual({ eventId: 'e1', isSame: true })
    expect(await claim('order-1', 'f1', 'e2')).toEqual({ eventId: 'e1', isSame: true })
    expect(await claim('order-1', 'f2', 'e3')).toEqual({ eventId: 'e1', isSame: false })
    expect(await claim('order-1', 'f2', 'e4', 'acme')).toEqual({ eventId: 'e4', isSame: true })
  })

  it('is free again after 48 hours', async () => {
    await claim('old', 'f1', 'e1')
    await store.pool.query(`UPDATE "IdempotencyKey" SET "createdAt" = now() - interval '49 h' WHERE key = 'old'`)
    expect(await claim('old', 'f2', 'e2')).toEqual({ eventId: 'e2', isSame: true })
    expect(await claim('old', 'f2', 'e3')).toEqual({ eventId: 'e2', isSame: true })
  })

  it('is given to one of many who claim it at once', async () => {
    const claims = await Promise.all(Array.from({ length: 10 }, (_, index) => claim('race', 'f', `e${index}`)))
    expect(new Set(claims.map((one) => one.eventId)).size).toBe(1)
  })

  it('goes when it is too old', async () => {
    await claim('gone', 'f1', 'e1')
    await store.pool.query(`UPDATE "IdempotencyKey" SET "createdAt" = now() - interval '49 h' WHERE key = 'gone'`)
    expect(await keys().deleteOldKeys(100)).toBe(1)
    expect(await countRows(store, 'IdempotencyKey', `key IN ('gone', 'race')`)).toBe(1)
  })
})
