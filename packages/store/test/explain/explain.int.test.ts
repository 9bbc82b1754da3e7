import { explainNotification } from '@carillon/planning'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createExplainStore } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { accepted, claimOne, planEmail } from '../rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

it('tells everything that rows say of one notification, to its tenant and its person alone', async () => {
  const { id, notificationId } = await planEmail(store)
  const claimed = await claimOne(store, id)
  await store.delivery.recordResults([accepted(claimed)])
  await store.stops.stopNotification({
    ...{ kind: 'read', tenantId: 'default', notificationId, userId: 'ann', source: 'api' },
  })
  await store.pool.query(
    `INSERT INTO "Receipt"(id, provider, "providerEventId", "deliveryId", kind, rank, payload)
     VALUES (gen_random_uuid(), 'smtp', 'e1', $1, 'delivered', 1, '{}')`,
    [id],
  )
  const { readExplanation } = createExplainStore({ pool: store.pool, readEventTime: () => undefined })
  const rows = await readExplanation({ tenantId: 'default', notificationId })
  expect(rows?.notification).toMatchObject({ id: notificationId, recipientId: 'ann', acceptedAt: expect.any(String) })
  if (!rows) throw new Error('no rows')
  const { channels, timeline } = explainNotification(rows)
  expect(channels.find(({ channel }) => channel === 'EMAIL')).toMatchObject({
    outcome: 'sent',
    deliveries: [
      { tries: [{ number: 1, provider: 'smtp', providerMessageId: expect.any(String), outcome: 'accepted' }] },
    ],
  })
  expect(timeline.map(({ what }) => what).sort()).toEqual(
    ['accepted', 'planned', 'delivery_planned', 'attempt_started', 'attempt_ended', 'receipt', 'read'].sort(),
  )
  for (const { at } of timeline) expect(new Date(at).toISOString()).toBe(at)
  expect(await readExplanation({ tenantId: 'other', notificationId })).toBeUndefined()
  expect(await readExplanation({ tenantId: 'default', notificationId, userId: 'ben' })).toBeUndefined()
})
