import { deliveryStatusAnswerSchema, eventStatusSchema } from '@carillon/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createChannelStatusStore,
  createCredentialStore,
  createIdempotencyStore,
  createSettingsStore,
  createStatusReader,
  createUserStore,
} from '../src/index.ts'
import { openTestStore, type TestStore } from './open-test-store.ts'
import { accepted, change, claimOne, countRows, planOne } from './rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

describe('the status of a notification', () => {
  const reader = () => createStatusReader({ pool: store.pool, readEventTime: () => undefined })

  it('says how each delivery stands, under each of its names', async () => {
    const { notificationId, eventId, deliveryIds } = await planOne(store, {
      priority: 'HIGH',
      notificationId: 'status-1',
      stopOn: 'READ',
      deliveries: [{ channel: 'IN_APP' }, { channel: 'EMAIL', step: 1 }, { channel: 'SMS', step: 2, inMs: 60_000 }],
    })
    await store.delivery.recordResults([accepted(await claimOne(store, deliveryIds[1] ?? ''))])
    const status = await reader().readDeliveryStatus({ tenantId: 'default', notificationId })
    expect(deliveryStatusAnswerSchema.parse(status)).toMatchObject({
      notification: {
        id: notificationId,
        message: 'It "left" the house, {really}\\',
        read: false,
        deliveryStrategy: 'ESCALATION',
        priority: 'HIGH',
      },
      deliveries: [
        { id: deliveryIds[0], channel: 'IN_APP', status: 'DELIVERED', attemptCount: 0, scheduledFor: null },
        {
          id: deliveryIds[1],
          channel: 'EMAIL',
          status: 'SENT',
          attemptCount: 1,
          deliveredAt: null,
          possiblySent: false,
        },
        { id: deliveryIds[2], channel: 'SMS', status: 'SCHEDULED', scheduledFor: expect.any(String), error: null },
      ],
    })
    expect(status?.deliveries[0]?.deliveredAt).toEqual(expect.any(String))
    const named = { tenantId: 'default', notificationId: 'status-1', userId: 'ann' }
    expect(await reader().readDeliveryStatus(named)).toEqual(status)
    expect(await reader().readDeliveryStatus({ ...named, notificationId: eventId })).toBeUndefined()
  })

  it('is nobody else’s, and a stub has none', async () => {
    const { notificationId } = await planOne(store)
    const read = (tenantId: string, userId?: string, id = notificationId) =>
      reader().readDeliveryStatus({ tenantId, notificationId: id, ...(userId !== undefined && { userId }) })
    expect(await read('default', 'ann')).toBeDefined()
    expect(await read('default', 'eve')).toBeUndefined()
    expect(await read('acme')).toBeUndefined()
    expect(await read('default', undefined, 'no id of ours')).toBeUndefined()
    await store.stops.stopNotification({
      kind: 'read',
      tenantId: 'default',
      notificationId: 'stub',
      userId: 'ann',
      source: 'kafka',
    })
    expect(await read('default', 'ann', 'stub')).toBeUndefined()
  })

  it('of a notification without deliveries is there all the same', async () => {
    const { notificationId } = await planOne(store, { deliveries: [] })
    const status = await reader().readDeliveryStatus({ tenantId: 'default', notificationId })
    expect(status).toMatchObject({ notification: { id: notificationId }, deliveries: [] })
  })
})

describe('the status of an event', () => {
  const reader = () => createStatusReader({ pool: store.pool, readEventTime: () => undefined })

  it('counts deliveries by state, of its own tenant only', async () => {
    const { eventId, deliveryIds } = await planOne(store, { id: 'shared', recipientIds: ['ann', 'bob'] })
    await planOne(store, { id: 'shared', tenantId: 'acme', recipientIds: ['zoe'] })
    await change(store, deliveryIds[1] ?? '', `status = 'CANCELLED'`)
    const status = await reader().readEventStatus('default', eventId)
    expect(eventStatusSchema.parse(status)).toMatchObject({
      id: eventId,
      state: 'PLANNED',
      notifications: 2,
      deliveries: { DELIVERED: 2, PENDING: 1, CANCELLED: 1 },
      fanout: null,
    })
    expect(status?.notificationIds).toHaveLength(2)
    expect(status?.notificationIds.toSorted()).toEqual(status?.notificationIds)
    expect(await reader().readEventStatus('acme', 'unknown')).toBeUndefined()
  })

  it('names a hundred notifications at most', async () => {
    const recipientIds = Array.from({ length: 130 }, (_, index) => `p${index}`)
    const { eventId } = await planOne(store, { recipientIds })
    const status = await reader().readEventStatus('default', eventId)
    expect(status).toMatchObject({ notifications: 130, deliveries: { DELIVERED: 130, PENDING: 130 } })
    expect(status?.notificationIds).toHaveLength(100)
  })
})

describe('people', () => {
  const users = () => createUserStore({ pool: store.pool })

  it('are stored with what was given, and keep it when less is given', async () => {
    const saved = await users().saveUser('default', 'u1', {
      email: 'u1@example.com',
      phone: '+4915112345678',
      roles: ['admin', 'a "quoted" role'],
      attributes: { gotra: 'x' },
      locale: 'de',
      timeZone: 'Europe/Berlin',
      preferences: { sms: false, categories: { news: { email: false } } },
    })
    expect(saved).toEqual({
      id: 'u1',
      email: 'u1@example.com',
      phone: '+4915112345678',
      roles: ['admin', 'a "quoted" role'],
      attributes: { gotra: 'x' },
      locale: 'de',
      timeZone: 'Europe/Berlin',
      preferences: { sms: false, categories: { news: { email: false } } },
    })
    expect(await users().saveUser('default', 'u1', {})).toEqual(saved)
    expect(await users().saveUser('default', 'u1', { email: null, roles: [], attributes: {} })).toEqual({
      ...saved,
      email: null,
      roles: [],
      attributes: {},
    })
    expect(await users().findUser('default', 'u1')).toMatchObject({ email: null, phone: '+4915112345678' })
    expect(await users().findUser('acme', 'u1')).toBeUndefined()
  })

  it('start with nothing', async () => {
    expect(await users().saveUser('default', 'u2', {})).toEqual({
      id: 'u2',
      email: null,
      phone: null,
      roles: [],
      attributes: {},
      locale: null,
      timeZone: null,
      preferences: {},
    })
  })

  it('lose no opt-out by a form that shows half of their preferences', async () => {
    const save = (preferences: Parameters<ReturnType<typeof users>['savePreferences']>[2]) =>
      users().savePreferences('default', 'u3', preferences)
    expect(await users().findPreferences('default', 'u3')).toBeUndefined()
    const quietHours = { start: '22:00', end: '07:00' }
    expect(
      await save({ email: false, categories: { news: { sms: false }, sport: { push: false } }, quietHours }),
    ).toEqual({
      email: false,
      categories: { news: { sms: false }, sport: { push: false } },
      quietHours,
    })
    expect(await save({ push: false, categories: { news: { enabled: true } } })).toEqual({
      email: false,
      push: false,
      categories: { news: { enabled: true }, sport: { push: false } },
      quietHours,
    })
    expect(await save({ quietHours: null })).not.toHaveProperty('quietHours')
    expect(await users().saveUser('default', 'u3', { preferences: { sms: false } })).toMatchObject({
      preferences: { email: false, push: false, sms: false },
    })
    expect(await users().findPreferences('default', 'u3')).toMatchObject({ categories: { sport: { push: false } } })
  })

  it('lose no change that was made at the same time', async () => {
    const codes = Array.from({ length: 12 }, (_, index) => `c${index}`)
    await Promise.all(
      codes.map((code) => users().savePreferences('default', 'u4', { categories: { [code]: { email: false } } })),
    )
    const preferences = await users().findPreferences('default', 'u4')
    expect(Object.keys(preferences?.categories ?? {}).toSorted()).toEqual(codes.toSorted())
  })
})

describe('API keys', () => {
  const keys = () => createCredentialStore({ pool: store.pool })

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

describe('settings', () => {
  it('of channels say who serves them', async () => {
    const statuses = createChannelStatusStore({ pool: store.pool })
    const status = { channel: 'EMAIL', providers: ['smtp'], simulated: false, stopped: null } as const
    await statuses.saveChannelStatus(status)
    expect(await statuses.pauseChannel('EMAIL', true)).toBe(true)
    expect(await statuses.pauseChannel('SMS', true)).toBe(false)
    // A worker that starts again does not undo what an operator asked for.
    await statuses.saveChannelStatus({ ...status, stopped: 'EAUTH' })
    expect(await statuses.readChannelStatuses()).toEqual([
      { ...status, paused: true, stopped: 'EAUTH', updatedAt: expect.any(Date) },
    ])
  })

  it('of categories and tenants are what planning loads', async () => {
    const settings = createSettingsStore({ pool: store.pool })
    const ladder = [{ channel: 'SMS', afterSeconds: 60 }] as const
    const category = {
      code: 'codes',
      mandatoryChannels: ['SMS'],
      defaultChannels: ['SMS', 'EMAIL'],
      ladder,
      preferences: { email: false },
      usefulSeconds: 600,
      atMostOnce: true,
    } as const
    const tenant = { timeZone: 'Asia/Kolkata', locale: 'hi', ladder, preferences: { sms: false } }
    await settings.saveCategory('acme', { ...category, usefulSeconds: null })
    await settings.saveCategory('acme', category)
    await settings.saveTenant({ id: 'acme', name: 'Acme', ...tenant })
    const facts = await store.routing.loadFacts({
      eventIds: [],
      people: [],
      categories: [{ tenantId: 'acme', code: 'codes' }],
      tenantIds: ['acme'],
    })
    expect([...facts.categories.values()]).toEqual([category])
    expect(facts.tenants.get('acme')).toEqual(tenant)
  })
})

describe('API keys made over REST', () => {
  const keys = () => createCredentialStore({ pool: store.pool })
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
