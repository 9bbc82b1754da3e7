import { expect, it } from 'vitest'
import { buildChunk } from '../build-chunk.ts'
import { claimOne, countRows, readDeliveries } from '../rows.ts'
import { useEmptiedStore } from '../use-emptied-store.ts'

const store = useEmptiedStore()

async function plan(collapseKey: string | null, recipientId = 'ann') {
  const chunk = buildChunk({
    recipientIds: [recipientId],
    deliveries: [{ channel: 'IN_APP' }, { channel: 'SMS' }, { channel: 'EMAIL', inMs: 60_000 }],
  })
  const notifications = chunk.notifications.map((one) => ({ ...one, event: { ...one.event, collapseKey } }))
  await store().routing.savePlans({ ...chunk, notifications })
  return notifications[0]?.id ?? ''
}

const statusesOf = async (id: string) =>
  (await readDeliveries(store(), id))
    .map(({ channel, status, reason }) => `${channel} ${status} ${reason ?? ''}`.trim())
    .toSorted()
const inbox = async () =>
  (
    await store().pool.query<{ id: string }>('SELECT id FROM "Notification" WHERE "inInbox" ORDER BY "createdAt"')
  ).rows.map(({ id }) => id)

it('a newer one takes the place of the older unread one, and ends what waits of it', async () => {
  const older = await plan('score')
  const newer = await plan('score')
  expect(await inbox()).toEqual([newer])
  expect(await statusesOf(older)).toEqual(['EMAIL CANCELLED collapsed', 'IN_APP DELIVERED', 'SMS CANCELLED collapsed'])
  expect(await statusesOf(newer)).toEqual(['EMAIL SCHEDULED', 'IN_APP DELIVERED', 'SMS PENDING'])
  const { rows } = await store().pool.query(`SELECT records::text AS text FROM "Outbox"`)
  expect(rows.filter(({ text }) => text.includes('collapsed'))).toHaveLength(1)
})

it('leaves alone what was read, what has another key or none, and what is somebody else’s', async () => {
  const read = await plan('score')
  await store().stops.stopNotification({
    kind: 'read',
    tenantId: 'default',
    notificationId: read,
    userId: 'ann',
    source: 'api',
  })
  const others = [await plan('other'), await plan(null), await plan(null), await plan('score', 'bob')]
  const newest = await plan('score')
  expect((await inbox()).toSorted()).toEqual([read, ...others, newest].toSorted())
})

it('marks what is being handed over, so that it is not tried again', async () => {
  const older = await plan('score')
  const sms = (await readDeliveries(store(), older)).find(({ channel }) => channel === 'SMS')
  await claimOne(store(), sms?.id ?? '')
  await plan('score')
  const row = (await readDeliveries(store(), older)).find(({ channel }) => channel === 'SMS')
  expect(row).toMatchObject({ status: 'SENDING', stopRequestedAt: expect.any(Date) })
})

it('leaves one of many that come at once', async () => {
  await Promise.all(Array.from({ length: 16 }, () => plan('score')))
  expect(await inbox()).toHaveLength(1)
  expect(await countRows(store(), 'NotificationDelivery', `status = 'PENDING'`)).toBe(1)
})
