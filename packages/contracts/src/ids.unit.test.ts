import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  deriveBatchEventId,
  deriveDeliveryId,
  deriveNotificationId,
  derivePositionId,
  mintEventId,
  readEventTime,
} from './ids.ts'

const KEYS = ['key one'] as const
const AT_MS = Date.UTC(2026, 5, 1, 12)
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('an event id of ours', () => {
  test('of a batch is a function of the batch and the place, and lends the same time', () => {
    const batchId = mintEventId('acme', KEYS, AT_MS)
    const ids = [0, 1, 2].map((place) => deriveBatchEventId('acme', KEYS, batchId, place))
    expect(new Set([batchId, ...ids]).size).toBe(4)
    expect(deriveBatchEventId('acme', KEYS, batchId, 1)).toBe(ids[1])
    for (const id of ids) expect(readEventTime('acme', id, KEYS)?.getTime()).toBe(AT_MS)
    expect(readEventTime('other', ids[0] ?? '', KEYS)).toBeUndefined()
  })

  test('lends the time of its minting', () => {
    const id = mintEventId('acme', KEYS, AT_MS)
    expect(id).toMatch(/^evt_[0-9a-f]{44}$/)
    expect(readEventTime('acme', id, KEYS)?.getTime()).toBe(AT_MS)
    const now = Date.now()
    const minted = readEventTime('acme', mintEventId('acme', KEYS), KEYS)?.getTime() ?? 0
    expect(minted).toBeGreaterThanOrEqual(now - 1)
    expect(minted).toBeLessThanOrEqual(Date.now() + 1)
  })

  test('is never minted twice', () => {
    expect(new Set(Array.from({ length: 1_000 }, () => mintEventId('acme', KEYS, AT_MS))).size).toBe(1_000)
  })

  test('is no id of ours for another tenant, or with another key', () => {
    const id = mintEventId('acme', KEYS, AT_MS)
    expect(readEventTime('other', id, KEYS)).toBeUndefined()
    expect(readEventTime('acme', id, ['key two'])).toBeUndefined()
  })

  test('is known by every key while keys are rotated', () => {
    const id = mintEventId('acme', KEYS, AT_MS)
    expect(readEventTime('acme', id, ['key two', 'key one'])?.getTime()).toBe(AT_MS)
    expect(readEventTime('acme', mintEventId('acme', ['key two', 'key one'], AT_MS), KEYS)).toBeUndefined()
  })

  test('is no longer one with any one digit changed', () => {
    const id = mintEventId('acme', KEYS, AT_MS)
    for (let at = 4; at < id.length; at += 1) {
      const other = id[at] === '0' ? '1' : '0'
      expect(readEventTime('acme', id.slice(0, at) + other + id.slice(at + 1), KEYS)).toBeUndefined()
    }
  })

  test.each([
    '',
    'evt_',
    'evt_123',
    'order-7',
    'pos_notification.events/0/1/2',
    `evt_${'0'.repeat(44)}`,
    `evt_${'Z'.repeat(44)}`,
  ])('is not any other id (%j)', (id) => {
    expect(readEventTime('acme', id, KEYS)).toBeUndefined()
  })
})

describe('the ids of rows', () => {
  const time = new Date(AT_MS)

  test('are functions of ids alone', () => {
    const id = deriveNotificationId('acme', 'evt_1', 'ann', time)
    expect(deriveNotificationId('acme', 'evt_1', 'ann', time)).toBe(id)
    expect(deriveDeliveryId(id, 'SMS', 1, 0)).toBe(deriveDeliveryId(id, 'SMS', 1, 0))
  })

  test('stay the same from version to version, or replaying a topic would send everything twice', () => {
    const id = deriveNotificationId('acme', 'evt_1', 'ann', time)
    expect(id).toBe('019e830e-1a00-84be-a849-5e80209ffa1a')
    expect(deriveNotificationId('acme', 'evt_1', 'ann')).toBe('348fd621-a284-84be-a849-5e80209ffa1a')
    expect(deriveDeliveryId(id, 'SMS', 1, 0)).toBe('019e830e-1a00-8078-870f-ec47d0d97601')
  })

  test('are UUIDs whose order is that of their events’ times', () => {
    const ids = [0, 1, 1_000, 86_400_000, 31_536_000_000].map((ms) =>
      deriveNotificationId('acme', `evt_${ms}`, 'ann', new Date(AT_MS + ms)),
    )
    for (const id of ids) expect(id).toMatch(UUID)
    expect(ids.toSorted()).toEqual(ids)
  })

  test('a delivery lies where its notification lies', () => {
    fc.assert(
      fc.property(fc.string(), fc.option(fc.integer({ min: 0, max: 2 ** 48 - 1 }), { nil: undefined }), (root, ms) => {
        const id = deriveNotificationId('acme', root, 'ann', ms === undefined ? undefined : new Date(ms))
        const deliveryId = deriveDeliveryId(id, 'EMAIL', 0, 0)
        expect(id).toMatch(UUID)
        expect(deliveryId).toMatch(UUID)
        expect(deliveryId.slice(0, 13)).toBe(id.slice(0, 13))
      }),
    )
  })

  test('differ as soon as anything differs, however the parts are cut', () => {
    const ids = [
      deriveNotificationId('acme', 'evt_1', 'ann'),
      deriveNotificationId('acm', 'eevt_1', 'ann'),
      deriveNotificationId('acme', 'evt_1a', 'nn'),
      deriveNotificationId('acme', 'evt_1","ann', ''),
      deriveNotificationId('acme', 'evt_1', 'ann', time),
      ...[0, 1, 11].map((step) => deriveDeliveryId(deriveNotificationId('a', 'b', 'c'), 'SMS', step, 0)),
      ...[1, 11].map((replay) => deriveDeliveryId(deriveNotificationId('a', 'b', 'c'), 'SMS', 0, replay)),
      deriveDeliveryId(deriveNotificationId('a', 'b', 'c'), 'EMAIL', 0, 0),
    ]
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('a foreign record without an id is known by where it lies', () => {
    expect(derivePositionId('notification.events', 2, '41', '1780315200000')).toBe(
      'pos_notification.events/2/41/1780315200000',
    )
  })
})
