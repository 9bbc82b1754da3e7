import { randomUUID } from 'node:crypto'
import type { EventToHold } from '@carillon/routing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { UnreadableEvent } from '../../src/held/open-waiting.ts'
import { createEventControlStore, createHeldClockStore, createHeldEventStore } from '../../src/index.ts'
import { buildChunk } from '../build-chunk.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { readDeliveries } from '../rows.ts'

let store: TestStore
let held: ReturnType<typeof createHeldClockStore>
const unreadable: UnreadableEvent[] = []
let decisions: ReturnType<typeof createHeldEventStore>
beforeAll(async () => {
  store = await openTestStore()
  const events = createEventControlStore({ pool: store.pool, stops: store.stops })
  const ports = {
    pool: store.pool,
    announce: () => undefined,
    events,
    reportUnreadable: (one: UnreadableEvent) => void unreadable.push(one),
  }
  held = createHeldClockStore(ports)
  decisions = createHeldEventStore(ports)
})
afterAll(() => store.close())
beforeEach(async () => {
  await store.pool.query(
    'TRUNCATE "Notification", "NotificationDelivery", "Event", "HeldEvent", "CancelledKey", "Outbox", "Dispatch"',
  )
})

const HOUR_MS = 3_600_000
const AGE_MAX_MS = 72 * HOUR_MS

function event(more: Partial<EventToHold['event']> = {}, acceptedInMs = -1_000): EventToHold {
  const id = `evt-${randomUUID()}`
  return {
    tenantId: 'default',
    id,
    fingerprint: 'f1',
    acceptedAt: new Date(Date.now() + acceptedInMs),
    traceparent: null,
    event: {
      id,
      type: 'ORDER',
      message: 'm',
      recipientIds: ['ann'],
      notificationPriority: 'HIGH',
      metadata: { zebra: 1, ant: { b: 2, a: 1 } },
      ...more,
    },
  }
}
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString()
const hold = (...events: EventToHold[]) => store.routing.holdEvents(events, AGE_MAX_MS)
const kinds = async (...events: EventToHold[]) => (await hold(...events)).map((verdict) => verdict.kind)

async function stateOf({ id }: EventToHold) {
  const text = `SELECT h.state AS held, e.state AS event, e.reason FROM "HeldEvent" h
    JOIN "Event" e ON e."tenantId" = h."tenantId" AND e.id = h."eventId" WHERE h."eventId" = $1`
  const { rows } = await store.pool.query(text, [id])
  return rows[0]
}

async function plan({ id }: EventToHold) {
  const chunk = buildChunk({ id, deliveries: [{ channel: 'SMS', inMs: HOUR_MS }] })
  return { saved: await store.routing.savePlans(chunk), notificationId: chunk.notifications[0]?.id ?? '' }
}

describe('an event with a time', () => {
  it('waits, is let go when it is due with the very text that was held, and is planned then', async () => {
    const one = event({ sendAt: inMs(HOUR_MS) })
    expect(await kinds(one)).toEqual(['held'])
    expect(await stateOf(one)).toEqual({ held: 'WAITING', event: 'HELD', reason: null })
    expect(await held.takeReleases(10)).toEqual([])
    expect((await store.clock.readAgenda(0)).held).toBeGreaterThan(HOUR_MS - 10_000)
    await store.pool.query(`UPDATE "HeldEvent" SET "dueAt" = now() - interval '1 ms'`)
    const [released] = await held.takeReleases(10)
    expect(released).toMatchObject({ eventId: one.id, lane: 'urgent', key: one.id, acceptedAt: one.acceptedAt })
    expect(released?.value).toBe(JSON.stringify(one.event))
    expect((await kinds(one))[0]).toBe('plan')
    expect(await held.takeReleases(10)).toEqual([])
    await held.confirmReleased([released?.id ?? ''])
    expect((await stateOf(one)).held).toBe('RELEASED')
    expect((await plan(one)).saved.insertedNotifications).toBe(1)
    expect((await stateOf(one)).event).toBe('PLANNED')
    expect((await plan(one)).saved.insertedNotifications).toBe(0)
    expect((await store.clock.readAgenda(0)).held).toBeNull()
  })

  it('is published again when nobody confirmed that it was', async () => {
    const one = event({ sendAt: inMs(HOUR_MS) })
    await hold(one)
    await store.pool.query(`UPDATE "HeldEvent" SET "dueAt" = now() - interval '1 ms'`)
    expect(await held.takeReleases(10)).toHaveLength(1)
    await store.pool.query(`UPDATE "HeldEvent" SET "dueAt" = now() - interval '1 ms'`)
    expect(await held.takeReleases(10)).toHaveLength(1)
  })

  it('is let go by one of two clocks', async () => {
    await hold(...Array.from({ length: 200 }, () => event({ sendAt: inMs(HOUR_MS) })))
    await store.pool.query(`UPDATE "HeldEvent" SET "dueAt" = now() - interval '1 ms'`)
    const taken = await Promise.all(Array.from({ length: 8 }, () => held.takeReleases(50)))
    const ids = taken.flat().map((one) => one.id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('that is old and was never held is left to be refused', async () => {
    expect(await kinds(event({ sendAt: inMs(HOUR_MS) }, -AGE_MAX_MS - 1_000))).toEqual(['too_old'])
  })
})

describe('an event that needs approval', () => {
  it('waits for it, and then for its time', async () => {
    const one = event({ requiresApproval: true, sendAt: inMs(HOUR_MS) })
    await hold(one)
    expect((await store.clock.readAgenda(0)).held).toBeNull()
    const approved = await decisions.approveEvent('default', one.id, 'key_1')
    expect(approved).toMatchObject({ state: 'WAITING', isChanged: true, decidedBy: 'key_1' })
    expect((await store.clock.readAgenda(0)).held).toBeGreaterThan(HOUR_MS - 10_000)
    expect(await decisions.approveEvent('default', one.id, 'key_2')).toMatchObject({
      isChanged: false,
      decidedBy: 'key_1',
    })
    expect(await decisions.rejectEvent('default', one.id, 'key_2')).toMatchObject({ isChanged: false })
  })

  it('is never planned once it was rejected, however often its record comes', async () => {
    const one = event({ requiresApproval: true })
    await hold(one)
    expect(await decisions.rejectEvent('default', one.id, 'key_1')).toMatchObject({
      state: 'REJECTED',
      isChanged: true,
    })
    expect(await stateOf(one)).toEqual({ held: 'REJECTED', event: 'CANCELLED', reason: 'rejected' })
    expect(await kinds(one)).toEqual(['cancelled'])
    expect((await plan(one)).saved).toMatchObject({ insertedNotifications: 0, conflicts: [] })
  })

  it('of another tenant is not there', async () => {
    const one = event({ requiresApproval: true })
    await hold(one)
    expect(await decisions.approveEvent('other', one.id, 'key_1')).toBeUndefined()
  })
})

describe('cancelling by key', () => {
  it('ends what waits, what was planned, and what was accepted before and comes later', async () => {
    const waiting = event({ cancelKey: 'a', sendAt: inMs(HOUR_MS) })
    const sent = event({ cancelKey: 'b' })
    expect(await kinds(waiting, sent)).toEqual(['held', 'plan'])
    const { notificationId } = await plan(sent)
    expect(await decisions.cancelKey('default', 'a')).toEqual({
      eventIds: [waiting.id],
      stopped: { cancelled: 0, possibly_sent: 0, too_late: 0 },
    })
    expect((await decisions.cancelKey('default', 'b')).stopped).toMatchObject({ cancelled: 1 })
    expect((await readDeliveries(store, notificationId)).map((row) => row.status)).toEqual(['CANCELLED'])
    expect(await decisions.cancelKey('default', 'unknown')).toMatchObject({ eventIds: [] })
    const late = event({ cancelKey: 'unknown' })
    const after = event({ cancelKey: 'unknown' }, 60_000)
    expect(await kinds(late, after)).toEqual(['cancelled', 'plan'])
    expect(await stateOf(late)).toEqual({ held: 'CANCELLED', event: 'CANCELLED', reason: 'cancelled' })
  })

  it('wins over a record that was let go and not planned yet', async () => {
    const one = event({ cancelKey: 'a' })
    expect(await kinds(one)).toEqual(['plan'])
    await decisions.cancelKey('default', 'a')
    expect((await plan(one)).saved.insertedNotifications).toBe(0)
    expect((await stateOf(one)).event).toBe('CANCELLED')
  })

  it('and a plan that are made at once: what was planned is stopped, or nothing was', async () => {
    for (let round = 0; round < 30; round++) {
      const one = event({ cancelKey: `k${round}` })
      await hold(one)
      const [{ notificationId, saved }] = await Promise.all([plan(one), decisions.cancelKey('default', `k${round}`)])
      const statuses = (await readDeliveries(store, notificationId)).map((row) => row.status)
      expect(statuses).toEqual(saved.insertedNotifications === 0 ? [] : ['CANCELLED'])
    }
  })
})

describe('one key for several', () => {
  it('ends what waits of the event that gives way', async () => {
    const first = event({ cancelKey: 'a' }, -2_000)
    await hold(first)
    const { notificationId } = await plan(first)
    const second = event({ cancelKey: 'a', sendAt: inMs(HOUR_MS) })
    expect(await kinds(second)).toEqual(['held'])
    expect(await stateOf(first)).toEqual({ held: 'CANCELLED', event: 'CANCELLED', reason: 'replaced' })
    expect(await held.finishCancels(10)).toBe(1)
    expect((await readDeliveries(store, notificationId)).map((row) => row.status)).toEqual(['CANCELLED'])
    expect(await held.finishCancels(10)).toBe(0)
  })

  it('leaves one, however many routers hold them at once', async () => {
    const events = Array.from({ length: 40 }, (_, index) =>
      event({ cancelKey: 'a', sendAt: inMs(HOUR_MS) }, -1_000 + index),
    )
    const shuffled = events.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    await Promise.all(
      Array.from({ length: 8 }, (_, from) => hold(...shuffled.filter((_, index) => index % 8 === from))),
    )
    const { rows } = await store.pool.query(`SELECT "eventId" FROM "HeldEvent" WHERE state = 'WAITING'`)
    expect(rows).toEqual([{ eventId: events.at(-1)?.id }])
  })
})

it('forgets what ended long ago, and only that', async () => {
  const [old, waiting] = [event({ cancelKey: 'a' }), event({ sendAt: inMs(HOUR_MS) })]
  await hold(old, waiting)
  await decisions.cancelKey('default', 'nobody')
  expect(await held.deleteEnded(HOUR_MS, 10)).toBe(0)
  await store.pool.query(`UPDATE "HeldEvent" SET "createdAt" = now() - interval '2 h', "releasedAt" = now() - interval '2 h'
    WHERE "releasedAt" IS NOT NULL`)
  await store.pool.query(`UPDATE "CancelledKey" SET "cancelledAt" = now() - interval '2 h'`)
  expect(await held.deleteEnded(HOUR_MS, 10)).toBe(1)
  const { rows } = await store.pool.query(
    'SELECT (SELECT count(*) FROM "HeldEvent")::int AS h, (SELECT count(*) FROM "CancelledKey")::int AS k',
  )
  expect(rows).toEqual([{ h: 1, k: 0 }])
})
