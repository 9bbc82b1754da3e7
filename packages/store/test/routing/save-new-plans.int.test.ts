import { describe, expect, it } from 'vitest'
import { createRoutingStore, FIRST_LOOK_MS } from '../../src/routing/routing-store.ts'
import { saveNewPlans } from '../../src/routing/save-new-plans.ts'
import { buildChunk } from '../build-chunk.ts'
import { shuffle, useRacingStore } from '../racing-store.ts'
import { countRows, readDeliveries, readEvent, readNotification } from '../rows.ts'

const store = useRacingStore()

type Chunk = ReturnType<typeof buildChunk>

const saveNew = (chunk: Chunk) => saveNewPlans(store().pool, chunk, FIRST_LOOK_MS)

async function countAll({ events, notifications }: Chunk): Promise<number[]> {
  const list = (ids: readonly string[]) => `(${ids.map((id) => `'${id}'`).join(',')})`
  return Promise.all([
    countRows(store(), 'Event', `id IN ${list(events.map(({ id }) => id))}`),
    countRows(store(), 'Notification', `id IN ${list(notifications.map(({ id }) => id))}`),
    countRows(store(), 'NotificationDelivery', `"notificationId" IN ${list(notifications.map(({ id }) => id))}`),
  ])
}

describe('a chunk of which nothing is there yet', () => {
  it('is saved by one statement, just as it would be by the others', async () => {
    const events = [
      { recipientIds: ['a', 'b'], deliveries: [{ channel: 'IN_APP' }, { channel: 'SMS', step: 1, inMs: 60_000 }] },
      { recipientIds: ['c'], priority: 'CRITICAL', stopOn: 'READ', deliveries: [{ channel: 'EMAIL' }] },
      { recipientIds: [] },
    ] as const
    const [chunk, twin] = [buildChunk(...events), buildChunk(...events)]
    const saved = await saveNew(chunk)
    expect(saved).toMatchObject({ insertedNotifications: 3, insertedDeliveries: 5, conflicts: [], repeated: [] })
    expect(saved?.wakeUps.map(({ channel, lane, recipientId }) => [channel, lane, recipientId])).toEqual([
      ['EMAIL', 'urgent', 'c'],
    ])
    expect(saved?.outbox?.records.map(({ value }) => JSON.parse(value).status)).toEqual(['DELIVERED', 'DELIVERED'])
    expect(await countRows(store(), 'Outbox', `id = '${saved?.outbox?.id}' AND json_array_length(records) = 2`)).toBe(1)
    expect(await countRows(store(), 'Dispatch', `id = '${saved?.wakeUps[0]?.dispatchId}' AND lane = 'urgent'`)).toBe(1)
    await saveCarefully(twin)
    expect(await describeRows(chunk)).toEqual(await describeRows(twin))
  })

  it('keeps what is the same for some of its people apart from what is for others', async () => {
    const chunk = buildChunk(...Array.from({ length: 300 }, (_, index) => ({ recipientIds: [`p${index % 7}`] })))
    const notifications = chunk.notifications.map((one, index) => ({
      ...one,
      content: { ...one.content, title: `title ${index % 11}`, message: `line\nnull\n${index % 5}` },
      plan: { ...one.plan, notification: { ...one.plan.notification, locale: index % 3 === 0 ? 'de' : null } },
    }))
    await saveNew({ ...chunk, notifications })
    for (const one of notifications.slice(0, 40)) {
      const { title, message, locale, recipientId } = await readNotification(store(), one.id)
      expect({ title, message, locale, recipientId }).toEqual({
        ...{ title: one.content.title, message: one.content.message },
        ...{ locale: one.plan.notification.locale, recipientId: one.recipientId },
      })
    }
  })
})

describe('a chunk of which something is there', () => {
  it('is not written at all where an event is there', async () => {
    const [first, second] = [buildChunk({}), buildChunk({}, {})]
    await saveNew(first)
    const both = {
      events: [...first.events, ...second.events],
      notifications: [...first.notifications, ...second.notifications],
    }
    expect(await saveNew(both)).toBeUndefined()
    expect(await countAll(second)).toEqual([0, 0, 0])
  })

  it('is not written at all where a read left the stub of a notification', async () => {
    const name = 'read before it was planned'
    const read = { kind: 'read', tenantId: 'default', notificationId: name, userId: 'ann', source: 'kafka' } as const
    await store().stops.stopNotification(read)
    const chunk = buildChunk({ notificationId: name }, {})
    expect(await saveNew(chunk)).toBeUndefined()
    expect(await countAll(chunk)).toEqual([0, 1, 0])
  })

  it('costs no connection', async () => {
    const chunk = buildChunk({})
    await saveNew(chunk)
    const before = store().pool.totalCount
    for (let round = 0; round < 5; round++) expect(await saveNew(chunk)).toBeUndefined()
    expect(store().pool.totalCount).toBe(before)
  })

  it('is planned once by whichever of many routers, however they overlap', async () => {
    for (let round = 0; round < 10; round++) {
      const { events, notifications } = buildChunk(...Array.from({ length: 40 }, () => ({ recipientIds: ['a', 'b'] })))
      const routers = Array.from({ length: 6 }, () =>
        createRoutingStore({ pool: store().pool, announce: () => undefined }),
      )
      const saved = await Promise.all(
        shuffle([0, 5, 10, 15, 20, 20]).map((start, index) => {
          const chosen = events.slice(start, start + 20)
          const ids = new Set(chosen.map(({ id }) => id))
          const part = { events: chosen, notifications: notifications.filter((one) => ids.has(one.eventId)) }
          return routers[index]?.savePlans(part)
        }),
      )
      expect(saved.reduce((sum, one) => sum + (one?.insertedNotifications ?? 0), 0)).toBe(80)
      const woken = saved.flatMap((one) => one?.wakeUps.map(({ deliveryId }) => deliveryId) ?? [])
      expect([woken.length, new Set(woken).size]).toEqual([80, 80])
      expect(await countAll({ events, notifications })).toEqual([40, 80, 160])
    }
  }, 60_000)
})

/** A store that has met a chunk twice takes no short way for a while. */
async function saveCarefully(chunk: Chunk): Promise<void> {
  const careful = createRoutingStore({ pool: store().pool, announce: () => undefined })
  const met = buildChunk({})
  await careful.savePlans(met)
  await careful.savePlans(met)
  await careful.savePlans(chunk)
}

/** Without what no two chunks share. */
async function describeRows({ events, notifications }: Chunk) {
  const times = { createdAt: 0, plannedAt: 0, acceptedAt: 0, expiresAt: 0, scheduledFor: 0, dueAt: 0, deliveredAt: 0 }
  const own = { id: 0, eventId: 0, notificationId: 0, dispatchId: 0, ...times }
  const described = await Promise.all(
    notifications.map(async (one) => {
      const deliveries = await readDeliveries(store(), one.id)
      return {
        ...(await readNotification(store(), one.id)),
        ...own,
        deliveries: deliveries.map((row) => ({
          ...row,
          ...own,
          set: [row.dueAt !== null, row.scheduledFor !== null, row.deliveredAt !== null, row.dispatchId !== null],
        })),
      }
    }),
  )
  const rows = described.toSorted((a, b) => (a.recipientId < b.recipientId ? -1 : 1))
  return [rows, (await Promise.all(events.map(({ id }) => readEvent(store(), id)))).map((row) => ({ ...row, ...own }))]
}
