import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { change, claim, claimOne, outcomesOf, planEmail, planOne, readAttempts, readDelivery } from '../rows.ts'
import { useEmptiedStore } from '../use-emptied-store.ts'

const store = useEmptiedStore()

describe('loading', () => {
  it('brings what a message is made of, fresh, and leaves unknown ids out', async () => {
    const recipientId = randomUUID()
    await store().pool.query(
      `INSERT INTO "User"("tenantId", id, email, preferences) VALUES ('default', $1, 'u@example.com', '{"sms": false}')`,
      [recipientId],
    )
    await store().pool.query(
      `INSERT INTO "Category"("tenantId", code, "mandatoryChannels", preferences)
       VALUES ('default', 'orders', '{EMAIL}', '{"push": false}')`,
    )
    await store().pool.query(
      `UPDATE "Tenant" SET settings = '{"preferences": {"whatsapp": false}}' WHERE id = 'default'`,
    )
    const { id, notificationId, eventId } = await planEmail(store(), { recipientIds: [recipientId] })
    await store().pool.query(`UPDATE "Event" SET "acceptedAt" = '2026-01-02T03:04:05Z' WHERE id = $1`, [eventId])
    await store().pool.query(`UPDATE "Notification" SET traceparent = '00-a', locale = 'de' WHERE id = $1`, [
      notificationId,
    ])
    expect(await store().delivery.loadDeliveries([id, randomUUID()])).toEqual([
      {
        id,
        notificationId,
        tenantId: 'default',
        recipientId,
        channel: 'EMAIL',
        isPending: true,
        category: 'orders',
        isMandatory: true,
        mailIdentity: null,
        content: {
          title: 'Your order',
          message: 'It "left" the house, {really}\\',
          actionUrl: '/orders/1',
          actionText: 'Open',
          locale: 'de',
        },
        contact: { email: 'ann@example.com' },
        user: { email: 'u@example.com', phone: null, preferences: { sms: false } },
        devices: [],
        tenantPreferences: { whatsapp: false },
        categoryPreferences: { push: false },
        maxAttempts: 3,
        resends: 0,
        acceptedAt: new Date('2026-01-02T03:04:05Z'),
        expiresAt: expect.any(Date),
        traceparent: '00-a',
      },
    ])
  })

  it('prefers what a template rendered for the channel', async () => {
    const { id, notificationId } = await planEmail(store())
    const content = { EMAIL: { title: 'Subject', text: 'Text', html: '<p>Html</p>' }, SMS: { text: 'Short' } }
    await store().pool.query('UPDATE "Notification" SET content = $2 WHERE id = $1', [notificationId, content])
    const [loaded] = await store().delivery.loadDeliveries([id])
    expect(loaded?.content).toMatchObject({ title: 'Subject', message: 'Text', html: '<p>Html</p>' })
  })

  it('brings no content of a row that is not pending any more, and knows nobody who was never stored', async () => {
    const { id } = await planEmail(store())
    await claimOne(store(), id)
    const [loaded] = await store().delivery.loadDeliveries([id])
    expect(loaded).toMatchObject({ isPending: false, user: null, content: { title: '', message: '' } })
  })

  it('finds the suppressed among the asked addresses', async () => {
    await store().pool.query(
      `INSERT INTO "Suppression"("tenantId", channel, "addressHash", reason) VALUES ('default', 'EMAIL', 'dead', 'x')`,
    )
    const asked = (tenantId: string, channel: 'EMAIL' | 'SMS', addressHash: string) => ({
      tenantId,
      channel,
      addressHash,
    })
    const found = await store().delivery.findSuppressed([
      asked('default', 'EMAIL', 'dead'),
      asked('default', 'SMS', 'dead'),
      asked('acme', 'EMAIL', 'dead'),
      asked('default', 'EMAIL', 'alive'),
    ])
    expect(found).toEqual([asked('default', 'EMAIL', 'dead')])
  })
})

describe('a claim', () => {
  it('takes the row under the next fence, leases it and appends the attempt', async () => {
    const { id } = await planEmail(store())
    expect(await claim(store(), [id], 60_000)).toEqual([{ id, status: 'SENDING', fence: 1, attemptCount: 1 }])
    const row = await readDelivery(store(), id)
    expect(row).toMatchObject({ status: 'SENDING', fence: 1, attemptCount: 1, dueAt: null })
    const leaseMs = (row.leaseUntil?.getTime() ?? 0) - Date.now()
    expect(leaseMs).toBeGreaterThan(50_000)
    expect(leaseMs).toBeLessThanOrEqual(60_000)
    expect(await readAttempts(store(), id)).toEqual([
      expect.objectContaining({
        number: 1,
        fence: 1,
        provider: 'smtp',
        addressHash: `hash of ${id}`,
        outcome: null,
        startedAt: expect.any(Date),
        endedAt: null,
      }),
    ])
    expect(store().announced.length).toBe(0)
  })

  it('is given to one of two workers', async () => {
    const { id } = await planEmail(store())
    expect(await claim(store(), [id])).toHaveLength(1)
    expect(await claim(store(), [id])).toEqual([])
    expect(await readAttempts(store(), id)).toHaveLength(1)
  })

  it('ends a row that was stopped or has expired, so that nobody rescues it for ever', async () => {
    const stopped = await planEmail(store())
    const expired = await planEmail(store())
    await change(store(), stopped.id, '"stopRequestedAt" = now()')
    await change(store(), expired.id, `"expiresAt" = now() - interval '1 s'`)
    const claimed = await claim(store(), [stopped.id, expired.id])
    expect(claimed.map(({ id, status, fence, attemptCount }) => [id, status, fence, attemptCount]).sort()).toEqual(
      [
        [stopped.id, 'CANCELLED', 0, 0],
        [expired.id, 'EXPIRED', 0, 0],
      ].sort(),
    )
    expect(await readDelivery(store(), stopped.id)).toMatchObject({
      status: 'CANCELLED',
      reason: 'stopped',
      leaseUntil: null,
    })
    expect(await readDelivery(store(), expired.id)).toMatchObject({ status: 'EXPIRED', reason: 'expired', dueAt: null })
    expect(outcomesOf(store(), stopped.id)).toEqual(['CANCELLED stopped'])
    expect(outcomesOf(store(), expired.id)).toEqual(['EXPIRED expired'])
    expect(store().announced).toHaveLength(1)
    expect(await readAttempts(store(), stopped.id)).toEqual([])
  })

  it('leaves out what is unknown, and takes a row once that is named twice', async () => {
    const { id } = await planEmail(store())
    expect(await claim(store(), [id, randomUUID(), id])).toHaveLength(1)
    expect(await readAttempts(store(), id)).toHaveLength(1)
  })
})

describe('setting aside', () => {
  it('suppresses, and has the clock move the ladder only for a rung', async () => {
    const broadcast = await planEmail(store())
    const rung = await planEmail(store(), { stopOn: 'READ' })
    const suppress = (id: string) => ({ id, status: 'SUPPRESSED', reason: 'preference_off' }) as const
    await store().delivery.setAside([suppress(broadcast.id), suppress(rung.id)])
    expect(await readDelivery(store(), broadcast.id)).toMatchObject({
      status: 'SUPPRESSED',
      reason: 'preference_off',
      dueAt: null,
    })
    expect((await readDelivery(store(), rung.id)).dueAt).toBeInstanceOf(Date)
    expect(outcomesOf(store(), rung.id)).toEqual(['SUPPRESSED preference_off'])
    expect(await readAttempts(store(), rung.id)).toEqual([])
  })

  it('defers without using an attempt, and shows people the new time', async () => {
    const { id } = await planEmail(store())
    await store().delivery.setAside([{ id, status: 'SCHEDULED', reason: 'breaker_open', dueInMs: 30_000 }])
    const row = await readDelivery(store(), id)
    expect(row).toMatchObject({ status: 'SCHEDULED', reason: 'breaker_open', attemptCount: 0, fence: 0 })
    expect(row.scheduledFor).toEqual(row.dueAt)
    expect((row.dueAt?.getTime() ?? 0) - Date.now()).toBeGreaterThan(20_000)
    expect(outcomesOf(store(), id)).toEqual([])
  })

  it('ends what was stopped, and what would be held beyond its use', async () => {
    const stopped = await planEmail(store())
    const late = await planEmail(store(), { expiresInMs: 5_000 })
    await change(store(), stopped.id, '"stopRequestedAt" = now()')
    await store().delivery.setAside([
      { id: stopped.id, status: 'SCHEDULED', reason: 'breaker_open', dueInMs: 10 },
      { id: late.id, status: 'SCHEDULED', reason: 'breaker_open', dueInMs: 6_000 },
    ])
    expect(await readDelivery(store(), stopped.id)).toMatchObject({
      status: 'CANCELLED',
      reason: 'stopped',
      dueAt: null,
    })
    expect(await readDelivery(store(), late.id)).toMatchObject({ status: 'EXPIRED', reason: 'expired', dueAt: null })
  })

  it('leaves a row alone that another worker is sending', async () => {
    const { id } = await planEmail(store())
    await claimOne(store(), id)
    await store().delivery.setAside([{ id, status: 'SUPPRESSED', reason: 'preference_off' }])
    expect(await readDelivery(store(), id)).toMatchObject({ status: 'SENDING' })
  })
})

it('plans a row for two channels of one person apart', async () => {
  const { deliveryIds } = await planOne(store(), { deliveries: [{ channel: 'EMAIL' }, { channel: 'SMS' }] })
  expect(await claim(store(), deliveryIds)).toHaveLength(2)
})
