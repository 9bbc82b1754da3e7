import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AUDIT_RULES, type AuditFinding, auditRows } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { accepted, claimOne, planEmail, planOne } from '../rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

const LADDER = [
  { channel: 'IN_APP', afterSeconds: 0 },
  { channel: 'SMS', afterSeconds: 600 },
  { channel: 'EMAIL', afterSeconds: 2_400 },
] as const

/** What somebody with a console may do to a row; the trigger would refuse the worst of it. */
async function damage(text: string, ...values: readonly unknown[]): Promise<void> {
  const client = await store.pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('ALTER TABLE "NotificationDelivery" DISABLE TRIGGER USER')
    await client.query(text, [...values])
    await client.query('ALTER TABLE "NotificationDelivery" ENABLE TRIGGER USER')
    await client.query('COMMIT')
  } finally {
    client.release()
  }
}

async function audit(pageRows = 3): Promise<AuditFinding[]> {
  const findings: AuditFinding[] = []
  for await (const page of auditRows(store.pool, { pageRows })) findings.push(...page.findings)
  return findings
}

/** The rules that are broken, of these rows alone. */
async function auditOf(...rows: readonly string[]): Promise<string[]> {
  const found = (await audit()).filter(({ row }) => rows.some((id) => row.startsWith(id)))
  return found.map(({ rule, row }) => `${rule} ${rows.findIndex((id) => row.startsWith(id))}`).sort()
}

async function sendOne() {
  const planned = await planEmail(store)
  const claimed = await claimOne(store, planned.id)
  await store.delivery.recordResults([accepted(claimed)])
  return planned
}

async function planLadder() {
  const planned = await planOne(store, {
    stopOn: 'READ',
    deliveries: LADDER.map(({ channel, afterSeconds }, step) => ({
      channel,
      step,
      ...(afterSeconds > 0 && { inMs: afterSeconds * 1_000 }),
    })),
  })
  await damage('UPDATE "Notification" SET ladder = $2 WHERE id = $1', planned.notificationId, JSON.stringify(LADDER))
  const [inApp = '', sms = '', email = ''] = planned.deliveryIds
  return { ...planned, inApp, sms, email }
}

const change = (id: string, assignments: string) =>
  damage(`UPDATE "NotificationDelivery" SET ${assignments} WHERE id = $1`, id)

describe('an audit', () => {
  it('finds nothing in rows that the fleet has left', async () => {
    await sendOne()
    await planEmail(store)
    await claimOne(store, (await planEmail(store)).id)
    const read = await planLadder()
    await store.stops.stopNotification({
      kind: 'read',
      tenantId: 'default',
      notificationId: read.notificationId,
      userId: 'ann',
      source: 'api',
    })
    await planLadder()
    expect(await audit(2)).toEqual([])
  })

  it('changes nothing, and leaves connections as they were', async () => {
    await audit()
    const { rows } = await store.pool.query('SHOW default_transaction_read_only')
    expect(rows).toEqual([{ default_transaction_read_only: 'off' }])
  })
})

describe('an audit names the row and the rule of', () => {
  it('a sent row that was moved back', async () => {
    const { id } = await sendOne()
    await change(id, `status = 'SCHEDULED', "dueAt" = now()`)
    expect(await auditOf(id)).toEqual(['accepted_and_not_sent 0', 'final_row_moved 0'])
  })

  it('an end that was rewritten', async () => {
    const { id } = await planEmail(store)
    await change(id, `status = 'SENT', "sentAt" = now()`)
    expect(await auditOf(id)).toEqual(['sent_without_acceptance 0'])
  })

  it('an attempt that was removed', async () => {
    const { id } = await sendOne()
    await damage('DELETE FROM "DeliveryAttempt" WHERE "deliveryId" = $1', id)
    expect(await auditOf(id)).toEqual(['attempt_missing 0', 'sent_without_acceptance 0'])
  })

  it('an attempt that nobody made', async () => {
    const { id } = await sendOne()
    await damage(
      `INSERT INTO "DeliveryAttempt"("deliveryId", number, fence, outcome, "startedAt") VALUES ($1, 2, 2, 'accepted', now())`,
      id,
    )
    expect(await auditOf(id)).toEqual(['attempt_missing 0', 'attempt_without_delivery 0', 'doubled_undeclared 0'])
  })

  it('attempts whose delivery was removed', async () => {
    const { id } = await sendOne()
    await damage('DELETE FROM "NotificationDelivery" WHERE id = $1', id)
    expect(await auditOf(id)).toEqual(['attempt_without_delivery 0'])
  })

  it('a count of attempts that is off, either way', async () => {
    const [more, less] = [await sendOne(), await sendOne()]
    await change(more.id, '"attemptCount" = 3')
    await change(less.id, '"attemptCount" = 0')
    expect(await auditOf(more.id, less.id)).toEqual(['attempt_count_wrong 0', 'attempt_count_wrong 1'])
  })

  it('a hand-over without a lease, and a lease without a hand-over', async () => {
    const [sending, sent] = [await planEmail(store), await sendOne()]
    await claimOne(store, sending.id)
    await change(sending.id, '"leaseUntil" = NULL')
    await change(sent.id, `"leaseUntil" = now() + interval '1 hour'`)
    expect(await auditOf(sending.id, sent.id)).toEqual(['sending_without_lease 0', 'sending_without_lease 1'])
  })

  it('a lease that passed and that nobody noticed', async () => {
    const { id } = await planEmail(store)
    await claimOne(store, id)
    await change(id, `"leaseUntil" = now() - interval '1 hour'`)
    expect(await auditOf(id)).toEqual(['lease_forgotten 0'])
  })

  it('a delivery whose notification was removed, or is somebody else’s', async () => {
    const [gone, moved] = [await sendOne(), await sendOne()]
    await damage('DELETE FROM "Notification" WHERE id = $1', gone.notificationId)
    await damage(`UPDATE "Notification" SET "recipientId" = 'bob' WHERE id = $1`, moved.notificationId)
    expect(await auditOf(gone.id, moved.id)).toEqual([
      'delivery_without_notification 0',
      'delivery_without_notification 1',
    ])
  })

  it('two deliveries of one step', async () => {
    const { id } = await sendOne()
    await damage(
      `INSERT INTO "NotificationDelivery"(id, "notificationId", "tenantId", "recipientId", channel, step, status, lane, "expiresAt")
       SELECT gen_random_uuid(), "notificationId", "tenantId", "recipientId", channel, step, 'SUPPRESSED', lane, "expiresAt"
       FROM "NotificationDelivery" WHERE id = $1`,
      id,
    )
    expect(await auditOf(id)).toEqual(['step_twice 0'])
  })

  it('a delivery that began before its time', async () => {
    const { id } = await sendOne()
    await change(id, `"scheduledFor" = now() + interval '1 hour'`)
    expect(await auditOf(id)).toEqual(['fired_before_its_time 0'])
  })

  it('a hand-over that began after a stop', async () => {
    const { id, notificationId } = await sendOne()
    await damage(`UPDATE "Notification" SET "cancelledAt" = now() - interval '1 hour' WHERE id = $1`, notificationId)
    expect(await auditOf(id)).toEqual(['handed_over_after_stop 0'])
  })

  it('a step that goes on waiting after a read, and one that was cancelled by no read', async () => {
    const [read, unread] = [await planLadder(), await planLadder()]
    await damage('UPDATE "Notification" SET "readAt" = now() WHERE id = $1', read.notificationId)
    await change(unread.sms, `status = 'CANCELLED', reason = 'read', "dueAt" = NULL`)
    expect(await auditOf(read.sms, read.email, unread.sms)).toEqual([
      'stopped_and_waiting 0',
      'stopped_and_waiting 1',
      'stopped_by_nobody 2',
    ])
  })

  it('rows that nothing looks at: without dueAt, without dispatch, with one that is gone', async () => {
    const [ladder, alone, pointing] = [await planLadder(), await planEmail(store), await planEmail(store)]
    await change(ladder.sms, '"dueAt" = NULL')
    await change(alone.id, '"dispatchId" = NULL')
    await change(pointing.id, '"dispatchId" = gen_random_uuid()')
    expect(await auditOf(ladder.sms, alone.id, pointing.id)).toEqual([
      'nothing_looks_at_it 0',
      'nothing_looks_at_it 1',
      'nothing_looks_at_it 2',
    ])
  })

  it('a dispatch whose deliveries are gone', async () => {
    const { id } = await planEmail(store)
    const { rows } = await store.pool.query('SELECT "dispatchId" FROM "NotificationDelivery" WHERE id = $1', [id])
    await damage('DELETE FROM "NotificationDelivery" WHERE id = $1', id)
    expect(await auditOf(rows[0].dispatchId)).toEqual(['dispatch_names_nothing 0'])
  })

  it('a row that is long overdue, and one that should have expired', async () => {
    const [late, old] = [await planLadder(), await planEmail(store)]
    await change(late.sms, `"dueAt" = now() - interval '1 hour'`)
    await change(old.id, `"expiresAt" = now() - interval '1 hour'`)
    expect(await auditOf(late.sms, old.id)).toEqual(['expired_and_open 1', 'overdue 0'])
  })

  it('a repetition that is not declared, or was not allowed', async () => {
    const [hidden, strict] = [await sendOne(), await sendOne()]
    await change(hidden.id, 'resends = 1')
    await change(strict.id, 'resends = 1, "possiblySent" = true, "atMostOnce" = true')
    expect(await auditOf(hidden.id, strict.id)).toEqual(['doubled_undeclared 0', 'resent_against_the_rule 1'])
  })

  it('an attempt whose outcome was wiped out', async () => {
    const { id } = await sendOne()
    await damage('UPDATE "DeliveryAttempt" SET outcome = NULL WHERE "deliveryId" = $1', id)
    expect(await auditOf(id)).toEqual(['attempt_unanswered 0', 'sent_without_acceptance 0'])
  })

  it('an outcome that was never told', async () => {
    const id = '00000000-0000-8000-8000-000000000001'
    await damage(
      `INSERT INTO "Outbox"(id, topic, records, "createdAt") VALUES ($1, 'notification.outcomes', '[]', now() - interval '1 day')`,
      id,
    )
    expect(await auditOf(id)).toEqual(['outcome_untold 0'])
  })
})

describe('of a ladder, an audit names', () => {
  it('a step that was removed', async () => {
    const { notificationId, sms } = await planLadder()
    await damage('DELETE FROM "NotificationDelivery" WHERE id = $1', sms)
    expect(await auditOf(notificationId)).toEqual(['ladder_step_missing 0'])
  })

  it('a step that was skipped while a later one began', async () => {
    const { notificationId, email } = await planLadder()
    await change(email, `status = 'PENDING', "dueAt" = NULL, "scheduledFor" = now()`)
    await claimOne(store, email)
    expect(await auditOf(notificationId)).toEqual(['ladder_step_early 0', 'ladder_step_passed_over 0'])
  })

  it('a step that is not pulled forward by the one that failed', async () => {
    const { notificationId, sms } = await planLadder()
    await change(sms, `status = 'FAILED', "dueAt" = NULL, "dispatchId" = gen_random_uuid()`)
    expect(await auditOf(notificationId)).toEqual(['ladder_stands_still 0'])
  })
})

it('each rule says which promise it stands for', () => {
  expect([...AUDIT_RULES].filter(([code, says]) => !/^[a-z_]+$/.test(code) || !says.endsWith('.'))).toEqual([])
  expect(AUDIT_RULES.size).toBeGreaterThanOrEqual(25)
})
