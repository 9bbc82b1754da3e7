import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createChannelStatusStore, createSettingsStore } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

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
