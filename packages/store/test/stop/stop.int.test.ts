import { deriveNotificationId } from '@carillon/contracts'
import type { StopRequest } from '@carillon/delivery'
import { describe, expect, it } from 'vitest'
import { buildChunk } from '../build-chunk.ts'
import { accepted, change, claimOne, countRows, outcomesOf, planOne, readDeliveries, unanswered } from '../rows.ts'
import { useEmptiedStore } from '../use-emptied-store.ts'

const store = useEmptiedStore()

const LADDER = [
  { channel: 'IN_APP' },
  { channel: 'PUSH', step: 1 },
  { channel: 'SMS', step: 2, inMs: 600_000 },
  { channel: 'EMAIL', step: 3, inMs: 2_400_000 },
] as const

function stop(kind: StopRequest['kind'], notificationId: string, more: Partial<StopRequest> = {}) {
  return store().stops.stopNotification({ kind, tenantId: 'default', notificationId, source: 'api', ...more })
}

function announcedReads() {
  return store()
    .announced.filter((row) => row.topic === 'notification.read')
    .flatMap((row) => row.records.map((record) => JSON.parse(record.value)))
}

describe('a read', () => {
  it('ends the rungs that wait, says which, and leaves the inbox out', async () => {
    const { notificationId, deliveryIds } = await planOne(store(), { stopOn: 'READ', deliveries: LADDER })
    const stopped = await stop('read', notificationId, { userId: 'ann' })
    expect(stopped).toMatchObject({ notificationId, isChanged: true })
    expect(stopped?.deliveries.map(({ channel, answer }) => [channel, answer]).toSorted()).toEqual([
      ['EMAIL', 'cancelled'],
      ['PUSH', 'cancelled'],
      ['SMS', 'cancelled'],
    ])
    const rows = await readDeliveries(store(), notificationId)
    expect(rows.map((row) => [row.status, row.reason, row.dueAt])).toEqual([
      ['DELIVERED', null, null],
      ['CANCELLED', 'read', null],
      ['CANCELLED', 'read', null],
      ['CANCELLED', 'read', null],
    ])
    expect(outcomesOf(store(), deliveryIds[2] ?? '')).toEqual(['CANCELLED read'])
    expect(announcedReads()).toEqual([{ notificationId, userId: 'ann', readAt: stopped?.at.toISOString() }])
    expect(await countRows(store(), 'Outbox', `topic = 'notification.read'`)).toBe(1)
  })

  it('keeps the first time when it is said again, and says how the deliveries stand', async () => {
    const { notificationId } = await planOne(store(), { stopOn: 'READ', deliveries: LADDER })
    const first = await stop('read', notificationId, { userId: 'ann' })
    store().announced.splice(0)
    const second = await stop('read', notificationId, { userId: 'ann' })
    expect(second).toEqual({ notificationId, at: first?.at, isChanged: false, deliveries: [] })
    expect(store().announced.length).toBe(0)
  })

  it('answers for what is in flight and what is gone, and marks what is in flight', async () => {
    const { notificationId, deliveryIds } = await planOne(store(), {
      stopOn: 'READ',
      deliveries: [
        { channel: 'PUSH', step: 0 },
        { channel: 'SMS', step: 1 },
        { channel: 'WHATSAPP', step: 2 },
        { channel: 'EMAIL', step: 3, inMs: 60_000 },
      ],
    })
    const [push = '', sms = '', whatsapp = '', email] = deliveryIds
    await claimOne(store(), push)
    await store().delivery.recordResults([unanswered(await claimOne(store(), sms))])
    await store().delivery.recordResults([accepted(await claimOne(store(), whatsapp))])
    const stopped = await stop('read', notificationId, { userId: 'ann' })
    expect(new Map(stopped?.deliveries.map(({ id, answer }) => [id, answer]))).toEqual(
      new Map([
        [push, 'possibly_sent'],
        [sms, 'possibly_sent'],
        [whatsapp, 'too_late'],
        [email, 'cancelled'],
      ]),
    )
    const rows = await readDeliveries(store(), notificationId)
    expect(rows.map((row) => [row.status, row.stopRequestedAt !== null])).toEqual([
      ['SENDING', true],
      ['UNKNOWN', true],
      ['SENT', false],
      ['CANCELLED', false],
    ])
    const again = await stop('read', notificationId, { userId: 'ann' })
    expect(again?.deliveries.map(({ answer }) => answer).toSorted()).toEqual([
      'possibly_sent',
      'possibly_sent',
      'too_late',
    ])
  })

  it('does not stop a broadcast', async () => {
    const { notificationId } = await planOne(store())
    expect((await stop('read', notificationId, { userId: 'ann' }))?.deliveries).toEqual([])
    expect((await readDeliveries(store(), notificationId)).map((row) => row.status)).toEqual(['PENDING', 'DELIVERED'])
  })

  it('does not stop a ladder that waits for an acknowledgement', async () => {
    const { notificationId } = await planOne(store(), { stopOn: 'ACKNOWLEDGED', deliveries: LADDER })
    expect((await stop('read', notificationId, { userId: 'ann' }))?.deliveries).toEqual([])
    const acknowledged = await stop('acknowledge', notificationId, { userId: 'ann' })
    expect(acknowledged?.deliveries.map((one) => one.answer)).toEqual(['cancelled', 'cancelled', 'cancelled'])
    expect((await readDeliveries(store(), notificationId))[1]).toMatchObject({
      status: 'CANCELLED',
      reason: 'acknowledged',
    })
  })

  it('is no later than the database says now', async () => {
    const { notificationId } = await planOne(store())
    const stopped = await stop('read', notificationId, { userId: 'ann', at: new Date('2200-01-01T00:00:00Z') })
    expect(stopped?.at.getTime()).toBeLessThan(Date.now() + 5_000)
  })
})

describe('an acknowledgement', () => {
  it('also stops a ladder that a read would stop', async () => {
    const { notificationId } = await planOne(store(), { stopOn: 'READ', deliveries: LADDER })
    const stopped = await stop('acknowledge', notificationId, { userId: 'ann' })
    expect(stopped?.deliveries).toHaveLength(3)
    expect(announcedReads()).toEqual([])
  })
})

describe('a cancel', () => {
  it('ends everything that waits, of a broadcast too, and needs no person beside our id', async () => {
    const { notificationId, deliveryIds } = await planOne(store())
    const stopped = await stop('cancel', notificationId.toUpperCase())
    expect(stopped).toMatchObject({ notificationId, isChanged: true })
    expect(stopped?.deliveries).toEqual([{ id: deliveryIds[1], channel: 'EMAIL', answer: 'cancelled' }])
    expect((await readDeliveries(store(), notificationId))[0]).toMatchObject({
      status: 'CANCELLED',
      reason: 'cancelled',
    })
    expect((await stop('cancel', notificationId))?.isChanged).toBe(false)
  })

  it('has nothing to say of what ended without a message', async () => {
    const { notificationId, deliveryIds } = await planOne(store())
    await change(store(), deliveryIds[1] ?? '', `status = 'SUPPRESSED'`)
    expect((await stop('cancel', notificationId))?.deliveries).toEqual([])
  })
})

describe('a name', () => {
  it('finds a notification by the producer’s own name, by its event’s id, and by ours', async () => {
    const named = await planOne(store(), { notificationId: 'order-9' })
    const plain = await planOne(store())
    expect((await stop('read', 'order-9', { userId: 'ann' }))?.notificationId).toBe(named.notificationId)
    expect((await stop('read', plain.eventId, { userId: 'ann' }))?.notificationId).toBe(plain.notificationId)
    expect((await stop('read', plain.notificationId, { userId: 'ann' }))?.isChanged).toBe(false)
  })

  it.each([
    ['another person’s', { userId: 'eve' }],
    ['another tenant’s', { tenantId: 'acme', userId: 'ann' }],
  ])('finds nothing of %s, and leaves nothing', async (_, more) => {
    const { notificationId } = await planOne(store(), { notificationId: `mine ${JSON.stringify(more)}` })
    const before = await countRows(store(), 'Notification')
    expect(await stop('read', notificationId, more)).toBeUndefined()
    expect(await stop('cancel', `mine ${JSON.stringify(more)}`, more)).toBeUndefined()
    expect(await countRows(store(), 'Notification')).toBe(before)
    expect((await readDeliveries(store(), notificationId))[0]).toMatchObject({ status: 'PENDING' })
  })

  it.each(['unknown', 'e2f9d4f8-3c47-4ab0-8a1a-0d6f4d3b0f55', 'e2f9d4f8-3c47-8ab0-8a1a-0d6f4d3b0f55'])(
    'finds nothing under %s, and a request leaves nothing',
    async (name) => {
      const before = await countRows(store(), 'Notification')
      expect(await stop('read', name, { userId: 'ann' })).toBeUndefined()
      expect(await stop('cancel', name)).toBeUndefined()
      expect(await countRows(store(), 'Notification')).toBe(before)
    },
  )

  it('finds no stub: what was read early is not there yet', async () => {
    await stop('read', 'early', { userId: 'ann', source: 'kafka' })
    expect(await stop('cancel', 'early', { userId: 'ann' })).toBeUndefined()
  })
})

describe('reads from Kafka', () => {
  it('publish no read, and apply in one transaction in any order', async () => {
    const first = await planOne(store(), { stopOn: 'READ', deliveries: LADDER })
    const second = await planOne(store(), { stopOn: 'READ', deliveries: LADDER, notificationId: 'by name' })
    const read = (notificationId: string, userId = 'ann'): StopRequest => {
      const at = new Date('2026-01-01T00:00:00Z')
      return { kind: 'read', tenantId: 'default', notificationId, userId, at, source: 'kafka' }
    }
    const stopped = await store().stops.stopNotifications([
      read('by name'),
      read(first.notificationId),
      read('not there yet', 'zoe'),
      read('by name'),
    ])
    expect(stopped.map((one) => one?.notificationId)).toEqual([
      second.notificationId,
      first.notificationId,
      deriveNotificationId('default', 'not there yet', 'zoe'),
      second.notificationId,
    ])
    expect(stopped.map((one) => one?.deliveries.length)).toEqual([3, 3, 0, 3])
    expect(stopped[1]?.at).toEqual(new Date('2026-01-01T00:00:00Z'))
    expect(announcedReads()).toEqual([])
  })

  it('wait in a stub where the name is a UUID of the producer’s', async () => {
    const uuid = 'e2f9d4f8-3c47-4ab0-8a1a-0d6f4d3b0f55'
    const early = await stop('read', uuid, { userId: 'ann', source: 'kafka' })
    const { notificationId } = await planOne(store(), { notificationId: uuid, stopOn: 'READ', deliveries: LADDER })
    expect(early?.notificationId).toBe(notificationId)
    expect((await readDeliveries(store(), notificationId))[1]).toMatchObject({ status: 'CANCELLED', reason: 'read' })
  })

  it('wait in a stub where the name is our id', async () => {
    const [planned] = buildChunk({ id: 'evt-later', stopOn: 'READ' }).notifications
    await stop('read', planned?.id ?? '', { userId: 'ann', source: 'kafka' })
    const { notificationId, saved } = await planOne(store(), { id: 'evt-later', stopOn: 'READ' })
    expect(notificationId).toBe(planned?.id)
    expect(saved.wakeUps).toEqual([])
  })

  it('of somebody else’s notification do not touch it, also beside its owner’s own', async () => {
    const { notificationId } = await planOne(store(), { stopOn: 'READ', deliveries: LADDER })
    const read = (userId: string): StopRequest => {
      return { kind: 'read', tenantId: 'default', notificationId, userId, source: 'kafka' }
    }
    const [wrong] = await store().stops.stopNotifications([read('eve')])
    expect(wrong?.deliveries ?? []).toEqual([])
    expect((await readDeliveries(store(), notificationId))[1]).toMatchObject({ status: 'PENDING' })
    const [, right] = await store().stops.stopNotifications([read('mallory'), read('ann')])
    expect(right).toMatchObject({ notificationId, isChanged: true })
    expect(right?.deliveries).toHaveLength(3)
  })

  it('keep the first time, also in the stub', async () => {
    const early = await stop('read', 'twice', { userId: 'ann', source: 'kafka', at: new Date('2026-01-01T00:00:00Z') })
    const again = await stop('read', 'twice', { userId: 'ann', source: 'kafka', at: new Date('2026-01-02T00:00:00Z') })
    expect(early).toMatchObject({ isChanged: true })
    expect(again).toMatchObject({ isChanged: false, at: early?.at })
  })
})

it('stops nothing when nothing is asked', async () => {
  expect(await store().stops.stopNotifications([])).toEqual([])
})

describe('two stops of one notification in one batch', () => {
  it('give the reason of the first, and an answer each', async () => {
    const { notificationId } = await planOne(store(), { stopOn: 'READ', deliveries: LADDER })
    const one = { tenantId: 'default', notificationId, userId: 'ann', source: 'api' } as const
    const stopped = await store().stops.stopNotifications([
      { ...one, kind: 'read' },
      { ...one, kind: 'cancel' },
      { ...one, kind: 'read' },
    ])
    expect(stopped.map((said) => said?.deliveries.length)).toEqual([3, 3, 3])
    expect((await readDeliveries(store(), notificationId)).map((row) => row.reason)).toEqual([
      null,
      'read',
      'read',
      'read',
    ])
  })
})
