import { factKey } from '@carillon/routing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDeviceStore } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { accepted, claimOne, countRows, planOne } from '../rows.ts'

let store: TestStore
let devices: ReturnType<typeof createDeviceStore>
beforeAll(async () => {
  store = await openTestStore()
  devices = createDeviceStore({ pool: store.pool })
})
afterAll(() => store.close())

const tokensOf = async (userId: string, tenantId = 'default') => {
  const text = 'SELECT token FROM "Device" WHERE "tenantId" = $1 AND "userId" = $2 ORDER BY token'
  return (await store.pool.query<{ token: string }>(text, [tenantId, userId])).rows.map(({ token }) => token)
}
const register = (userId: string, token: string, tenantId = 'default') =>
  devices.registerDevice(tenantId, userId, { token, platform: 'android' })

/** Rows tell times apart by the millisecond. */
const nextMillisecond = () => new Promise((resolve) => setTimeout(resolve, 3))

async function planPush(userId: string) {
  const { deliveryIds } = await planOne(store, { recipientIds: [userId], deliveries: [{ channel: 'PUSH' }] })
  return deliveryIds[0] ?? ''
}

async function hasPushToken(userId: string) {
  const people = [{ tenantId: 'default', recipientId: userId }]
  const facts = await store.routing.loadFacts({ eventIds: [], people, categories: [], tenantIds: ['default'] })
  return facts.people.get(factKey('default', userId))?.user?.hasPushToken
}

describe('a device', () => {
  it('belongs to the one who registered it last', async () => {
    await register('ann', 'shared')
    await register('ben', 'shared')
    expect([await tokensOf('ann'), await tokensOf('ben')]).toEqual([[], ['shared']])
    await register('ann', 'shared', 'acme')
    expect([await tokensOf('ben'), await tokensOf('ann', 'acme')]).toEqual([['shared'], ['shared']])
  })

  it('is registered again without a second row, and is seen to be alive', async () => {
    const first = await register('cat', 'phone')
    const again = await devices.registerDevice('default', 'cat', { token: 'phone', platform: 'ios' })
    expect(again).toMatchObject({ id: first.id, platform: 'ios', createdAt: first.createdAt })
    expect(again.lastSeenAt.getTime()).toBeGreaterThanOrEqual(first.lastSeenAt.getTime())
    expect(await devices.listDevices('default', 'cat')).toEqual([again])
  })

  it('is listed without its token', async () => {
    await register('dan', 'a-very-secret-token')
    const listed = await devices.listDevices('default', 'dan')
    expect(listed).toHaveLength(1)
    expect(JSON.stringify(listed)).not.toContain('secret')
  })

  it('makes its person known, so that one can be planned for', async () => {
    expect(await hasPushToken('eva')).toBeUndefined()
    await register('eva', 'eva-phone')
    expect(await hasPushToken('eva')).toBe(true)
    await devices.removeAllDevices('default', 'eva')
    expect(await hasPushToken('eva')).toBe(false)
  })

  it('is one of the twenty newest, or goes', async () => {
    for (let number = 1; number <= 23; number += 1) {
      await register('fay', `phone-${String(number).padStart(2, '0')}`)
      await nextMillisecond()
    }
    const tokens = await tokensOf('fay')
    expect(tokens).toHaveLength(20)
    expect([tokens[0], tokens.at(-1)]).toEqual(['phone-04', 'phone-23'])
    await Promise.all(Array.from({ length: 8 }, (_, index) => register('fay', `at-once-${index}`)))
    await register('fay', 'last')
    expect(await tokensOf('fay')).toHaveLength(20)
  })

  it('is removed only by its own person', async () => {
    const { id } = await register('gus', 'gus-phone')
    await register('gus', 'gus-tablet')
    await register('gus', 'gus-watch')
    expect(await devices.removeDevice('default', 'eve', { token: 'gus-phone' })).toBe(0)
    expect(await devices.removeDevice('acme', 'gus', { id })).toBe(0)
    expect(await devices.removeDevice('default', 'gus', { id })).toBe(1)
    expect(await devices.removeDevice('default', 'gus', { token: 'gus-tablet' })).toBe(1)
    expect(await tokensOf('gus')).toEqual(['gus-watch'])
    expect(await devices.removeAllDevices('default', 'gus')).toBe(1)
  })

  it('may have a token of 4,096 characters', async () => {
    const token = Array.from({ length: 4_096 }, (_, index) => String.fromCharCode(33 + ((index * 7919) % 90))).join('')
    await register('hal', token)
    expect(await tokensOf('hal')).toEqual([token])
  })
})

describe('a push delivery', () => {
  it('is loaded with the devices of its person, the newest first, and no other channel with any', async () => {
    await register('ida', 'old')
    await nextMillisecond()
    await devices.registerDevice('default', 'ida', { token: 'new', platform: 'ios' })
    const planned = await planOne(store, {
      recipientIds: ['ida'],
      deliveries: [{ channel: 'PUSH' }, { channel: 'EMAIL' }],
    })
    const loaded = await store.delivery.loadDeliveries(planned.deliveryIds)
    const devicesOf = (channel: string) => loaded.find((one) => one.channel === channel)?.devices
    expect(devicesOf('PUSH')).toEqual([
      { token: 'new', platform: 'ios' },
      { token: 'old', platform: 'android' },
    ])
    expect(devicesOf('EMAIL')).toEqual([])
  })

  it('takes the devices that were found dead with it when it is recorded', async () => {
    await register('joe', 'joe-dead')
    await register('joe', 'joe-live')
    const claimed = await claimOne(store, await planPush('joe'))
    const [recorded] = await store.delivery.recordResults([{ ...accepted(claimed), deadTokens: ['joe-dead'] }])
    expect(recorded).toEqual({ id: claimed.id, status: 'SENT' })
    expect(await tokensOf('joe')).toEqual(['joe-live'])
  })

  it('leaves a device alone that was registered again, or by somebody else, after the hand-over began', async () => {
    await register('kim', 'kim-back')
    await register('kim', 'kim-sold')
    const claimed = await claimOne(store, await planPush('kim'))
    await nextMillisecond()
    await register('kim', 'kim-back')
    await register('lee', 'kim-sold')
    await store.delivery.recordResults([{ ...accepted(claimed), deadTokens: ['kim-back', 'kim-sold'] }])
    expect([await tokensOf('kim'), await tokensOf('lee')]).toEqual([['kim-back'], ['kim-sold']])
  })

  it('removes nothing when its result is rolled back', async () => {
    await register('mia', 'mia-phone')
    const claimed = await claimOne(store, await planPush('mia'))
    const result = { ...accepted(claimed), deadTokens: ['mia-phone'], fence: 2 ** 40 }
    await expect(store.delivery.recordResults([result])).rejects.toThrow('record results')
    expect(await countRows(store, 'Device', `"userId" = 'mia'`)).toBe(1)
  })
})
