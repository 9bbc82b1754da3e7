import { describe, expect, it } from 'vitest'
import { POLICY, type TestStore } from '../open-test-store.ts'
import {
  accepted,
  change,
  claim,
  claimOne,
  countRows,
  outcomesOf,
  planEmail,
  readAttempts,
  readDelivery,
  rejected,
  retried,
  unanswered,
} from '../rows.ts'
import { useEmptiedStore } from '../use-emptied-store.ts'

const store = useEmptiedStore()

const record = (...results: Parameters<TestStore['delivery']['recordResults']>[0]) =>
  store().delivery.recordResults(results)

describe('recording', () => {
  it('says SENT, completes the attempt and tells the others', async () => {
    const { id } = await planEmail(store())
    const claimed = await claimOne(store(), id)
    expect(await record(accepted(claimed))).toEqual([{ id, status: 'SENT' }])
    expect(await readDelivery(store(), id)).toMatchObject({
      status: 'SENT',
      provider: 'smtp',
      sentAt: expect.any(Date),
      leaseUntil: null,
      dueAt: null,
      reason: null,
    })
    expect(await readAttempts(store(), id)).toEqual([
      expect.objectContaining({
        outcome: 'accepted',
        providerMessageId: `message ${id}`,
        endedAt: expect.any(Date),
      }),
    ])
    expect(outcomesOf(store(), id)).toEqual(['SENT null'])
  })

  it('answers the same and tells nothing twice when it is repeated after a lost commit', async () => {
    const { id } = await planEmail(store())
    const claimed = await claimOne(store(), id)
    await record(accepted(claimed))
    expect(await record(accepted(claimed))).toEqual([{ id, status: 'SENT' }])
    expect(outcomesOf(store(), id)).toEqual(['SENT null'])
  })

  it('schedules a retry on the row', async () => {
    const { id } = await planEmail(store())
    const claimed = await claimOne(store(), id)
    expect(await record(retried(claimed, 60_000))).toEqual([{ id, status: 'SCHEDULED' }])
    const row = await readDelivery(store(), id)
    expect(row).toMatchObject({ attemptCount: 1, reason: 'greylisted', error: '451 later', leaseUntil: null })
    expect(row.scheduledFor).toEqual(row.dueAt)
    expect(outcomesOf(store(), id)).toEqual([])
  })

  it('uses up no attempt when nothing was handed over, and numbers the next try on', async () => {
    const { id } = await planEmail(store())
    const claimed = await claimOne(store(), id)
    await record({ ...retried(claimed, 0), attemptCount: 0, outcome: 'not_handed_over' })
    await store().clock.fireDue(1_000)
    expect(await claimOne(store(), id)).toMatchObject({ fence: 2, attemptCount: 1 })
    expect((await readAttempts(store(), id)).map((row) => [row.number, row.outcome])).toEqual([
      [1, 'not_handed_over'],
      [2, null],
    ])
  })

  it('cancels instead of retrying when a stop was asked meanwhile', async () => {
    const { id, notificationId } = await planEmail(store())
    const claimed = await claimOne(store(), id)
    await store().stops.stopNotification({ kind: 'cancel', tenantId: 'default', notificationId, source: 'api' })
    expect(await record(retried(claimed, 10))).toEqual([{ id, status: 'CANCELLED' }])
    expect(await readDelivery(store(), id)).toMatchObject({ status: 'CANCELLED', reason: 'stopped', dueAt: null })
    expect(outcomesOf(store(), id)).toEqual(['CANCELLED stopped'])
  })

  it('expires instead of retrying too late', async () => {
    const { id } = await planEmail(store(), { expiresInMs: 20_000 })
    const claimed = await claimOne(store(), id)
    expect(await record(retried(claimed, 30_000))).toEqual([{ id, status: 'EXPIRED' }])
    expect(await readDelivery(store(), id)).toMatchObject({ status: 'EXPIRED', reason: 'expired', dueAt: null })
  })

  it('fails for good, suppresses the dead address, and leaves the ladder to the clock', async () => {
    const broadcast = await planEmail(store())
    const rung = await planEmail(store(), { stopOn: 'READ' })
    const claims = await claim(store(), [broadcast.id, rung.id])
    await record(...claims.map(rejected))
    expect(await readDelivery(store(), broadcast.id)).toMatchObject({
      status: 'FAILED',
      reason: 'no_such_mailbox',
      dueAt: null,
    })
    expect((await readDelivery(store(), rung.id)).dueAt).toBeInstanceOf(Date)
    expect(
      await countRows(store(), 'Suppression', `"addressHash" = 'hash of ${rung.id}' AND reason = 'no_such_mailbox'`),
    ).toBe(1)
    await record(...claims.map(rejected))
    expect(await countRows(store(), 'Suppression', `"addressHash" = 'hash of ${rung.id}'`)).toBe(1)
  })

  it('says UNKNOWN and when the clock may resolve it', async () => {
    const { id } = await planEmail(store())
    const claimed = await claimOne(store(), id)
    expect(await record(unanswered(claimed))).toEqual([{ id, status: 'UNKNOWN' }])
    expect((await readDelivery(store(), id)).dueAt).toBeInstanceOf(Date)
    expect(await readAttempts(store(), id)).toEqual([expect.objectContaining({ outcome: 'unknown' })])
  })

  it('never leaves a row without its look where one is needed', async () => {
    const { id } = await planEmail(store())
    const claimed = await claimOne(store(), id)
    await record({ ...unanswered(claimed), dueInMs: null })
    expect((await readDelivery(store(), id)).dueAt).toBeInstanceOf(Date)
  })
})

describe('a late worker', () => {
  async function planLate() {
    const { id } = await planEmail(store())
    const claimed = await claimOne(store(), id, 1)
    await store().pool.query(`UPDATE "Dispatch" SET "dueAt" = now() - interval '1 s'`)
    await store().pool.query(`UPDATE "NotificationDelivery" SET "leaseUntil" = now() - interval '1 s' WHERE id = $1`, [
      id,
    ])
    await store().clock.inspectDispatches(1_000, POLICY.watch)
    expect(await readDelivery(store(), id)).toMatchObject({
      status: 'UNKNOWN',
      reason: 'lease_passed',
      leaseUntil: null,
    })
    return { id, claimed }
  }

  const resolve = () => store().clock.resolveUnknown(1_000, POLICY.resend)

  it('is believed while the outcome is unknown', async () => {
    const { id, claimed } = await planLate()
    expect(await record(accepted(claimed))).toEqual([{ id, status: 'SENT' }])
    expect(await readDelivery(store(), id)).toMatchObject({ status: 'SENT', possiblySent: false, dueAt: null })
  })

  it('is believed when the row waits to be sent again, and the flag stays as the clock set it', async () => {
    const { id, claimed } = await planLate()
    await resolve()
    expect(await readDelivery(store(), id)).toMatchObject({ status: 'SCHEDULED', resends: 1, possiblySent: true })
    expect(await record(accepted(claimed))).toEqual([{ id, status: 'SENT' }])
    expect(await readDelivery(store(), id)).toMatchObject({ status: 'SENT', possiblySent: true, dueAt: null })
    await store().clock.fireDue(1_000)
    expect(await claim(store(), [id])).toEqual([])
  })

  it.each([
    ['accepted', accepted, 'SENT'],
    ['rejected', rejected, 'FAILED'],
    ['not accepted', (one: Parameters<typeof accepted>[0]) => retried(one, 60_000), 'SCHEDULED'],
  ] as const)('is believed when the row is pending again: %s', async (_, answer, status) => {
    const { id, claimed } = await planLate()
    await resolve()
    await store().clock.fireDue(1_000)
    expect(await readDelivery(store(), id)).toMatchObject({ status: 'PENDING' })
    expect(await record(answer(claimed))).toEqual([{ id, status }])
    expect(await readDelivery(store(), id)).toMatchObject({ status })
  })

  it('that knows nothing changes nothing but the attempt', async () => {
    const { id, claimed } = await planLate()
    await resolve()
    await store().clock.fireDue(1_000)
    await record(unanswered(claimed))
    expect(await readDelivery(store(), id)).toMatchObject({ status: 'PENDING' })
  })

  it('whose row was claimed again completes its own attempt and leaves the row', async () => {
    const { id, claimed } = await planLate()
    await resolve()
    await store().clock.fireDue(1_000)
    const second = await claimOne(store(), id)
    expect(second).toMatchObject({ fence: 2, attemptCount: 2 })
    expect(await record(accepted(claimed))).toEqual([])
    expect(await readDelivery(store(), id)).toMatchObject({ status: 'SENDING', fence: 2 })
    await record(rejected(second))
    expect((await readAttempts(store(), id)).map((row) => [row.number, row.outcome])).toEqual([
      [1, 'accepted'],
      [2, 'rejected'],
    ])
  })

  it.each(['CANCELLED', 'EXPIRED', 'FAILED', 'DELIVERED'])('finds its row %s and leaves it so', async (status) => {
    const { id, claimed } = await planLate()
    await change(store(), id, `status = '${status}', "dueAt" = NULL`)
    const recorded = await record(accepted(claimed))
    // A receipt's DELIVERED is nothing that a worker reports.
    expect(recorded).toEqual(status === 'DELIVERED' ? [] : [{ id, status }])
    expect(await readDelivery(store(), id)).toMatchObject({ status, sentAt: null })
    expect(await readAttempts(store(), id)).toEqual([
      expect.objectContaining({ outcome: 'accepted', providerMessageId: `message ${id}` }),
    ])
    expect(outcomesOf(store(), id)).toEqual([])
  })
})

describe('a move that the trigger refuses', () => {
  it('stands alone in the end: the others are recorded, and its attempt keeps what the provider said', async () => {
    const ids: string[] = []
    for (let index = 0; index < 9; index++) ids.push((await planEmail(store())).id)
    const bad = ids[4] ?? ''
    const claims = await claim(store(), ids)
    await store().pool.query(
      `CREATE TRIGGER bad BEFORE UPDATE ON "NotificationDelivery" FOR EACH ROW
       WHEN (NEW.id = '${bad}' AND NEW.status = 'SENT') EXECUTE FUNCTION "refuseDeliveryMove"()`,
    )
    try {
      const recorded = await record(...claims.map(accepted))
      expect(recorded.map((row) => row.id).toSorted()).toEqual(ids.filter((id) => id !== bad).toSorted())
      expect(store().refused.map(({ deliveryId, fence }) => [deliveryId, fence])).toEqual([[bad, 1]])
      expect(await readDelivery(store(), bad)).toMatchObject({ status: 'SENDING' })
      expect(await readAttempts(store(), bad)).toEqual([expect.objectContaining({ outcome: 'accepted' })])
      expect(outcomesOf(store(), ids[0] ?? '')).toEqual(['SENT null'])
      expect(outcomesOf(store(), bad)).toEqual([])
    } finally {
      await store().pool.query('DROP TRIGGER bad ON "NotificationDelivery"')
    }
  })
})

describe('a conflict that Postgres asks to repeat', () => {
  it.each(['40P01', '40001'])('is repeated under the same fence after %s', async (code) => {
    const { id } = await planEmail(store())
    const claimed = await claimOne(store(), id)
    await store().pool.query('CREATE SEQUENCE tries')
    await store().pool.query(
      `CREATE FUNCTION fail_twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF nextval('tries') <= 2 THEN RAISE EXCEPTION 'again' USING ERRCODE = '${code}'; END IF; RETURN NEW; END $$`,
    )
    await store().pool.query(
      `CREATE TRIGGER flaky BEFORE UPDATE ON "NotificationDelivery" FOR EACH ROW EXECUTE FUNCTION fail_twice()`,
    )
    try {
      expect(await record(accepted(claimed))).toEqual([{ id, status: 'SENT' }])
      expect((await readAttempts(store(), id)).map((row) => row.number)).toEqual([1])
    } finally {
      await store().pool.query(
        'DROP TRIGGER flaky ON "NotificationDelivery"; DROP FUNCTION fail_twice; DROP SEQUENCE tries',
      )
    }
  })
})
