import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openTestStore, POLICY, type TestStore } from './open-test-store.ts'
import {
  accepted,
  change,
  claim,
  claimOne,
  countRows,
  outcomesOf,
  planEmail,
  planOne,
  readAttempts,
  readDelivery,
  rejected,
  retried,
  unanswered,
} from './rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())
beforeEach(() => store.announced.splice(0))

const record = (...results: Parameters<TestStore['delivery']['recordResults']>[0]) =>
  store.delivery.recordResults(results)

describe('loading', () => {
  it('brings what a message is made of, fresh, and leaves unknown ids out', async () => {
    const recipientId = randomUUID()
    await store.pool.query(
      `INSERT INTO "User"("tenantId", id, email, preferences) VALUES ('default', $1, 'u@example.com', '{"sms": false}')`,
      [recipientId],
    )
    await store.pool.query(
      `INSERT INTO "Category"("tenantId", code, "mandatoryChannels", preferences)
       VALUES ('default', 'orders', '{EMAIL}', '{"push": false}')`,
    )
    await store.pool.query(`UPDATE "Tenant" SET settings = '{"preferences": {"whatsapp": false}}' WHERE id = 'default'`)
    const { id, notificationId, eventId } = await planEmail(store, { recipientIds: [recipientId] })
    await store.pool.query(`UPDATE "Event" SET "acceptedAt" = '2026-01-02T03:04:05Z' WHERE id = $1`, [eventId])
    await store.pool.query(`UPDATE "Notification" SET traceparent = '00-a', locale = 'de' WHERE id = $1`, [
      notificationId,
    ])
    expect(await store.delivery.loadDeliveries([id, randomUUID()])).toEqual([
      {
        id,
        notificationId,
        tenantId: 'default',
        recipientId,
        channel: 'EMAIL',
        isPending: true,
        category: 'orders',
        isMandatory: true,
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
    const { id, notificationId } = await planEmail(store)
    const content = { EMAIL: { subject: 'Subject', text: 'Text', html: '<p>Html</p>' }, SMS: { text: 'Short' } }
    await store.pool.query('UPDATE "Notification" SET content = $2 WHERE id = $1', [notificationId, content])
    const [loaded] = await store.delivery.loadDeliveries([id])
    expect(loaded?.content).toMatchObject({ title: 'Subject', message: 'Text', html: '<p>Html</p>' })
  })

  it('brings no content of a row that is not pending any more, and knows nobody who was never stored', async () => {
    const { id } = await planEmail(store)
    await claimOne(store, id)
    const [loaded] = await store.delivery.loadDeliveries([id])
    expect(loaded).toMatchObject({ isPending: false, user: null, content: { title: '', message: '' } })
  })

  it('finds the suppressed among the asked addresses', async () => {
    await store.pool.query(
      `INSERT INTO "Suppression"("tenantId", channel, "addressHash", reason) VALUES ('default', 'EMAIL', 'dead', 'x')`,
    )
    const asked = (tenantId: string, channel: 'EMAIL' | 'SMS', addressHash: string) => ({
      tenantId,
      channel,
      addressHash,
    })
    const found = await store.delivery.findSuppressed([
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
    const { id } = await planEmail(store)
    expect(await claim(store, [id], 60_000)).toEqual([{ id, status: 'SENDING', fence: 1, attemptCount: 1 }])
    const row = await readDelivery(store, id)
    expect(row).toMatchObject({ status: 'SENDING', fence: 1, attemptCount: 1, dueAt: null })
    const leaseMs = (row.leaseUntil?.getTime() ?? 0) - Date.now()
    expect(leaseMs).toBeGreaterThan(50_000)
    expect(leaseMs).toBeLessThanOrEqual(60_000)
    expect(await readAttempts(store, id)).toEqual([
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
    expect(store.announced.length).toBe(0)
  })

  it('is given to one of two workers', async () => {
    const { id } = await planEmail(store)
    expect(await claim(store, [id])).toHaveLength(1)
    expect(await claim(store, [id])).toEqual([])
    expect(await readAttempts(store, id)).toHaveLength(1)
  })

  it('ends a row that was stopped or has expired, so that nobody rescues it for ever', async () => {
    const stopped = await planEmail(store)
    const expired = await planEmail(store)
    await change(store, stopped.id, '"stopRequestedAt" = now()')
    await change(store, expired.id, `"expiresAt" = now() - interval '1 s'`)
    const claimed = await claim(store, [stopped.id, expired.id])
    expect(claimed.map(({ id, status, fence, attemptCount }) => [id, status, fence, attemptCount]).sort()).toEqual(
      [
        [stopped.id, 'CANCELLED', 0, 0],
        [expired.id, 'EXPIRED', 0, 0],
      ].sort(),
    )
    expect(await readDelivery(store, stopped.id)).toMatchObject({
      status: 'CANCELLED',
      reason: 'stopped',
      leaseUntil: null,
    })
    expect(await readDelivery(store, expired.id)).toMatchObject({ status: 'EXPIRED', reason: 'expired', dueAt: null })
    expect(outcomesOf(store, stopped.id)).toEqual(['CANCELLED stopped'])
    expect(outcomesOf(store, expired.id)).toEqual(['EXPIRED expired'])
    expect(store.announced).toHaveLength(1)
    expect(await readAttempts(store, stopped.id)).toEqual([])
  })

  it('leaves out what is unknown, and takes a row once that is named twice', async () => {
    const { id } = await planEmail(store)
    expect(await claim(store, [id, randomUUID(), id])).toHaveLength(1)
    expect(await readAttempts(store, id)).toHaveLength(1)
  })
})

describe('setting aside', () => {
  it('suppresses, and has the clock move the ladder only for a rung', async () => {
    const broadcast = await planEmail(store)
    const rung = await planEmail(store, { stopOn: 'READ' })
    const suppress = (id: string) => ({ id, status: 'SUPPRESSED', reason: 'preference_off' }) as const
    await store.delivery.setAside([suppress(broadcast.id), suppress(rung.id)])
    expect(await readDelivery(store, broadcast.id)).toMatchObject({
      status: 'SUPPRESSED',
      reason: 'preference_off',
      dueAt: null,
    })
    expect((await readDelivery(store, rung.id)).dueAt).toBeInstanceOf(Date)
    expect(outcomesOf(store, rung.id)).toEqual(['SUPPRESSED preference_off'])
    expect(await readAttempts(store, rung.id)).toEqual([])
  })

  it('defers without using an attempt, and shows people the new time', async () => {
    const { id } = await planEmail(store)
    await store.delivery.setAside([{ id, status: 'SCHEDULED', reason: 'breaker_open', dueInMs: 30_000 }])
    const row = await readDelivery(store, id)
    expect(row).toMatchObject({ status: 'SCHEDULED', reason: 'breaker_open', attemptCount: 0, fence: 0 })
    expect(row.scheduledFor).toEqual(row.dueAt)
    expect((row.dueAt?.getTime() ?? 0) - Date.now()).toBeGreaterThan(20_000)
    expect(outcomesOf(store, id)).toEqual([])
  })

  it('ends what was stopped, and what would be held beyond its use', async () => {
    const stopped = await planEmail(store)
    const late = await planEmail(store, { expiresInMs: 5_000 })
    await change(store, stopped.id, '"stopRequestedAt" = now()')
    await store.delivery.setAside([
      { id: stopped.id, status: 'SCHEDULED', reason: 'breaker_open', dueInMs: 10 },
      { id: late.id, status: 'SCHEDULED', reason: 'breaker_open', dueInMs: 6_000 },
    ])
    expect(await readDelivery(store, stopped.id)).toMatchObject({ status: 'CANCELLED', reason: 'stopped', dueAt: null })
    expect(await readDelivery(store, late.id)).toMatchObject({ status: 'EXPIRED', reason: 'expired', dueAt: null })
  })

  it('leaves a row alone that another worker is sending', async () => {
    const { id } = await planEmail(store)
    await claimOne(store, id)
    await store.delivery.setAside([{ id, status: 'SUPPRESSED', reason: 'preference_off' }])
    expect(await readDelivery(store, id)).toMatchObject({ status: 'SENDING' })
  })
})

describe('recording', () => {
  it('says SENT, completes the attempt and tells the others', async () => {
    const { id } = await planEmail(store)
    const claimed = await claimOne(store, id)
    expect(await record(accepted(claimed))).toEqual([{ id, status: 'SENT' }])
    expect(await readDelivery(store, id)).toMatchObject({
      status: 'SENT',
      provider: 'smtp',
      sentAt: expect.any(Date),
      leaseUntil: null,
      dueAt: null,
      reason: null,
    })
    expect(await readAttempts(store, id)).toEqual([
      expect.objectContaining({
        outcome: 'accepted',
        providerMessageId: `message ${id}`,
        endedAt: expect.any(Date),
      }),
    ])
    expect(outcomesOf(store, id)).toEqual(['SENT null'])
  })

  it('answers the same and tells nothing twice when it is repeated after a lost commit', async () => {
    const { id } = await planEmail(store)
    const claimed = await claimOne(store, id)
    await record(accepted(claimed))
    expect(await record(accepted(claimed))).toEqual([{ id, status: 'SENT' }])
    expect(outcomesOf(store, id)).toEqual(['SENT null'])
  })

  it('schedules a retry on the row', async () => {
    const { id } = await planEmail(store)
    const claimed = await claimOne(store, id)
    expect(await record(retried(claimed, 60_000))).toEqual([{ id, status: 'SCHEDULED' }])
    const row = await readDelivery(store, id)
    expect(row).toMatchObject({ attemptCount: 1, reason: 'greylisted', error: '451 later', leaseUntil: null })
    expect(row.scheduledFor).toEqual(row.dueAt)
    expect(outcomesOf(store, id)).toEqual([])
  })

  it('uses up no attempt when nothing was handed over, and numbers the next try on', async () => {
    const { id } = await planEmail(store)
    const claimed = await claimOne(store, id)
    await record({ ...retried(claimed, 0), attemptCount: 0, outcome: 'not_handed_over' })
    await store.clock.fireDue(1_000)
    expect(await claimOne(store, id)).toMatchObject({ fence: 2, attemptCount: 1 })
    expect((await readAttempts(store, id)).map((row) => [row.number, row.outcome])).toEqual([
      [1, 'not_handed_over'],
      [2, null],
    ])
  })

  it('cancels instead of retrying when a stop was asked meanwhile', async () => {
    const { id, notificationId } = await planEmail(store)
    const claimed = await claimOne(store, id)
    await store.stops.stopNotification({ kind: 'cancel', tenantId: 'default', notificationId, source: 'api' })
    expect(await record(retried(claimed, 10))).toEqual([{ id, status: 'CANCELLED' }])
    expect(await readDelivery(store, id)).toMatchObject({ status: 'CANCELLED', reason: 'stopped', dueAt: null })
    expect(outcomesOf(store, id)).toEqual(['CANCELLED stopped'])
  })

  it('expires instead of retrying too late', async () => {
    const { id } = await planEmail(store, { expiresInMs: 20_000 })
    const claimed = await claimOne(store, id)
    expect(await record(retried(claimed, 30_000))).toEqual([{ id, status: 'EXPIRED' }])
    expect(await readDelivery(store, id)).toMatchObject({ status: 'EXPIRED', reason: 'expired', dueAt: null })
  })

  it('fails for good, suppresses the dead address, and leaves the ladder to the clock', async () => {
    const broadcast = await planEmail(store)
    const rung = await planEmail(store, { stopOn: 'READ' })
    const claims = await claim(store, [broadcast.id, rung.id])
    await record(...claims.map(rejected))
    expect(await readDelivery(store, broadcast.id)).toMatchObject({
      status: 'FAILED',
      reason: 'no_such_mailbox',
      dueAt: null,
    })
    expect((await readDelivery(store, rung.id)).dueAt).toBeInstanceOf(Date)
    expect(
      await countRows(store, 'Suppression', `"addressHash" = 'hash of ${rung.id}' AND reason = 'no_such_mailbox'`),
    ).toBe(1)
    await record(...claims.map(rejected))
    expect(await countRows(store, 'Suppression', `"addressHash" = 'hash of ${rung.id}'`)).toBe(1)
  })

  it('says UNKNOWN and when the clock may resolve it', async () => {
    const { id } = await planEmail(store)
    const claimed = await claimOne(store, id)
    expect(await record(unanswered(claimed))).toEqual([{ id, status: 'UNKNOWN' }])
    expect((await readDelivery(store, id)).dueAt).toBeInstanceOf(Date)
    expect(await readAttempts(store, id)).toEqual([expect.objectContaining({ outcome: 'unknown' })])
  })

  it('never leaves a row without its look where one is needed', async () => {
    const { id } = await planEmail(store)
    const claimed = await claimOne(store, id)
    await record({ ...unanswered(claimed), dueInMs: null })
    expect((await readDelivery(store, id)).dueAt).toBeInstanceOf(Date)
  })
})

describe('a late worker', () => {
  async function planLate() {
    const { id } = await planEmail(store)
    const claimed = await claimOne(store, id, 1)
    await store.pool.query(`UPDATE "Dispatch" SET "dueAt" = now() - interval '1 s'`)
    await store.pool.query(`UPDATE "NotificationDelivery" SET "leaseUntil" = now() - interval '1 s' WHERE id = $1`, [
      id,
    ])
    await store.clock.inspectDispatches(1_000, POLICY.watch)
    expect(await readDelivery(store, id)).toMatchObject({ status: 'UNKNOWN', reason: 'lease_passed', leaseUntil: null })
    return { id, claimed }
  }

  const resolve = () => store.clock.resolveUnknown(1_000, POLICY.resend)

  it('is believed while the outcome is unknown', async () => {
    const { id, claimed } = await planLate()
    expect(await record(accepted(claimed))).toEqual([{ id, status: 'SENT' }])
    expect(await readDelivery(store, id)).toMatchObject({ status: 'SENT', possiblySent: false, dueAt: null })
  })

  it('is believed when the row waits to be sent again, and the flag stays as the clock set it', async () => {
    const { id, claimed } = await planLate()
    await resolve()
    expect(await readDelivery(store, id)).toMatchObject({ status: 'SCHEDULED', resends: 1, possiblySent: true })
    expect(await record(accepted(claimed))).toEqual([{ id, status: 'SENT' }])
    expect(await readDelivery(store, id)).toMatchObject({ status: 'SENT', possiblySent: true, dueAt: null })
    await store.clock.fireDue(1_000)
    expect(await claim(store, [id])).toEqual([])
  })

  it.each([
    ['accepted', accepted, 'SENT'],
    ['rejected', rejected, 'FAILED'],
    ['not accepted', (one: Parameters<typeof accepted>[0]) => retried(one, 60_000), 'SCHEDULED'],
  ] as const)('is believed when the row is pending again: %s', async (_, answer, status) => {
    const { id, claimed } = await planLate()
    await resolve()
    await store.clock.fireDue(1_000)
    expect(await readDelivery(store, id)).toMatchObject({ status: 'PENDING' })
    expect(await record(answer(claimed))).toEqual([{ id, status }])
    expect(await readDelivery(store, id)).toMatchObject({ status })
  })

  it('that knows nothing changes nothing but the attempt', async () => {
    const { id, claimed } = await planLate()
    await resolve()
    await store.clock.fireDue(1_000)
    await record(unanswered(claimed))
    expect(await readDelivery(store, id)).toMatchObject({ status: 'PENDING' })
  })

  it('whose row was claimed again completes its own attempt and leaves the row', async () => {
    const { id, claimed } = await planLate()
    await resolve()
    await store.clock.fireDue(1_000)
    const second = await claimOne(store, id)
    expect(second).toMatchObject({ fence: 2, attemptCount: 2 })
    expect(await record(accepted(claimed))).toEqual([])
    expect(await readDelivery(store, id)).toMatchObject({ status: 'SENDING', fence: 2 })
    await record(rejected(second))
    expect((await readAttempts(store, id)).map((row) => [row.number, row.outcome])).toEqual([
      [1, 'accepted'],
      [2, 'rejected'],
    ])
  })

  it.each(['CANCELLED', 'EXPIRED', 'FAILED', 'DELIVERED'])('finds its row %s and leaves it so', async (status) => {
    const { id, claimed } = await planLate()
    await change(store, id, `status = '${status}', "dueAt" = NULL`)
    const recorded = await record(accepted(claimed))
    // A receipt's DELIVERED is nothing that a worker reports.
    expect(recorded).toEqual(status === 'DELIVERED' ? [] : [{ id, status }])
    expect(await readDelivery(store, id)).toMatchObject({ status, sentAt: null })
    expect(await readAttempts(store, id)).toEqual([
      expect.objectContaining({ outcome: 'accepted', providerMessageId: `message ${id}` }),
    ])
    expect(outcomesOf(store, id)).toEqual([])
  })
})

describe('a move that the trigger refuses', () => {
  it('stands alone in the end: the others are recorded, and its attempt keeps what the provider said', async () => {
    const ids: string[] = []
    for (let index = 0; index < 9; index++) ids.push((await planEmail(store)).id)
    const bad = ids[4] ?? ''
    const claims = await claim(store, ids)
    await store.pool.query(
      `CREATE TRIGGER bad BEFORE UPDATE ON "NotificationDelivery" FOR EACH ROW
       WHEN (NEW.id = '${bad}' AND NEW.status = 'SENT') EXECUTE FUNCTION "refuseDeliveryMove"()`,
    )
    try {
      const recorded = await record(...claims.map(accepted))
      expect(recorded.map((row) => row.id).toSorted()).toEqual(ids.filter((id) => id !== bad).toSorted())
      expect(store.refused.map(({ deliveryId, fence }) => [deliveryId, fence])).toEqual([[bad, 1]])
      expect(await readDelivery(store, bad)).toMatchObject({ status: 'SENDING' })
      expect(await readAttempts(store, bad)).toEqual([expect.objectContaining({ outcome: 'accepted' })])
      expect(outcomesOf(store, ids[0] ?? '')).toEqual(['SENT null'])
      expect(outcomesOf(store, bad)).toEqual([])
    } finally {
      await store.pool.query('DROP TRIGGER bad ON "NotificationDelivery"')
    }
  })
})

describe('a conflict that Postgres asks to repeat', () => {
  it.each(['40P01', '40001'])('is repeated under the same fence after %s', async (code) => {
    const { id } = await planEmail(store)
    const claimed = await claimOne(store, id)
    await store.pool.query('CREATE SEQUENCE tries')
    await store.pool.query(
      `CREATE FUNCTION fail_twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF nextval('tries') <= 2 THEN RAISE EXCEPTION 'again' USING ERRCODE = '${code}'; END IF; RETURN NEW; END $$`,
    )
    await store.pool.query(
      `CREATE TRIGGER flaky BEFORE UPDATE ON "NotificationDelivery" FOR EACH ROW EXECUTE FUNCTION fail_twice()`,
    )
    try {
      expect(await record(accepted(claimed))).toEqual([{ id, status: 'SENT' }])
      expect((await readAttempts(store, id)).map((row) => row.number)).toEqual([1])
    } finally {
      await store.pool.query(
        'DROP TRIGGER flaky ON "NotificationDelivery"; DROP FUNCTION fail_twice; DROP SEQUENCE tries',
      )
    }
  })
})

it('plans a row for two channels of one person apart', async () => {
  const { deliveryIds } = await planOne(store, { deliveries: [{ channel: 'EMAIL' }, { channel: 'SMS' }] })
  expect(await claim(store, deliveryIds)).toHaveLength(2)
})
