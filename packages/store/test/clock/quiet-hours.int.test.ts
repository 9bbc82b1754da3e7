import { randomUUID } from 'node:crypto'
import { createWallClock } from '@carillon/planning/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { openMovableStore } from './open-movable-store.ts'

let store: Awaited<ReturnType<typeof openMovableStore>>
beforeAll(async () => {
  store = await openMovableStore()
})
afterAll(() => store.close())
beforeEach(async () => {
  await store.pool.query('TRUNCATE "Notification", "NotificationDelivery", "Dispatch", "Outbox", "User", "Category"')
})

const MINUTE_MS = 60_000
const PEOPLE = 200

interface Rung {
  readonly userId?: string
  readonly channel?: string
  readonly category?: string
  readonly priority?: string
  readonly dueMs: number
  readonly expiresMs?: number
}

/** A rung that waits for its time, as the router would have left it. */
async function insertRung(rung: Rung): Promise<string> {
  const { userId = 'ann', channel = 'SMS', category = 'orders', priority = 'MEDIUM', dueMs } = rung
  const [id, notificationId] = [randomUUID(), randomUUID()]
  await store.pool.query(
    `INSERT INTO "Notification"(id, "tenantId", "recipientId", category, priority, "plannedAt")
     VALUES ($1, 'default', $2, $3, $4, now())`,
    [notificationId, userId, category, priority],
  )
  await store.pool.query(
    `INSERT INTO "NotificationDelivery"(id, "notificationId", "tenantId", "recipientId", channel, step, status, lane,
       "scheduledFor", "dueAt", "expiresAt", "stopOn")
     VALUES ($1, $2, 'default', $3, $4, 1, 'SCHEDULED', 'normal', to_timestamp($5::float8 / 1000),
       to_timestamp($5::float8 / 1000), to_timestamp($6::float8 / 1000), 'READ')`,
    [id, notificationId, userId, channel, dueMs, rung.expiresMs ?? dueMs + 72 * 3_600_000],
  )
  return id
}

async function saveUser(id: string, preferences: object, timeZone: string | null = null): Promise<void> {
  const text = `INSERT INTO "User"("tenantId", id, "timeZone", preferences) VALUES ('default', $1, $2, $3)
    ON CONFLICT ("tenantId", id) DO UPDATE SET preferences = excluded.preferences, "timeZone" = excluded."timeZone"`
  await store.pool.query(text, [id, timeZone, JSON.stringify(preferences)])
}

interface Row {
  readonly id: string
  readonly status: string
  readonly reason: string | null
  readonly scheduledFor: Date
  readonly dueAt: Date | null
  readonly decisions: readonly { readonly code: string; readonly detail?: string; readonly at: string }[] | null
}

async function readRows(): Promise<Map<string, Row>> {
  const { rows } = await store.pool.query<Row>('SELECT * FROM "NotificationDelivery"')
  return new Map(rows.map((row) => [row.id, row]))
}

async function fireAt(atMs: number) {
  await store.setNow(atMs)
  return await store.clock.fireDue(1_000)
}

/** Jumps from one due time to the next until nothing waits; answers when each row was fired. */
async function runClock(fromMs: number): Promise<Map<string, number>> {
  const firedAt = new Map<string, number>()
  let nowMs = fromMs
  for (;;) {
    const { wakeUps } = await fireAt(nowMs)
    for (const { deliveryId } of wakeUps) firedAt.set(deliveryId, nowMs)
    await store.clock.pullLadders(1_000)
    const dueInMs = (await store.clock.readAgenda(0)).deliveries
    if (dueInMs === null) return firedAt
    nowMs += Math.max(0, Math.round(dueInMs))
  }
}

/** A small generator of its own, so that a failing person can be met again. */
function createRandom(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function clockTime(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

const NIGHT = { quietHours: { start: '22:00', end: '07:00', timeZone: 'UTC' } }
const MIDNIGHT = Date.parse('2026-06-02T00:00:00Z')
const MORNING = Date.parse('2026-06-02T07:00:00Z')

describe('when a step fires or a retry comes', () => {
  it('waits for the end of quiet hours, says so, and goes out then', async () => {
    await saveUser('ann', NIGHT)
    const id = await insertRung({ dueMs: MIDNIGHT })
    expect(await fireAt(MIDNIGHT)).toEqual({ wakeUps: [], held: 1, ended: 0, taken: 1 })
    const held = (await readRows()).get(id)
    expect(held).toMatchObject({ status: 'SCHEDULED', reason: 'quiet_hours', dueAt: new Date(MORNING) })
    expect(held?.scheduledFor).toEqual(new Date(MORNING))
    expect((await fireAt(MORNING - 1)).taken).toBe(0)
    expect((await fireAt(MORNING)).wakeUps.map((one) => one.deliveryId)).toEqual([id])
    const fired = (await readRows()).get(id)
    expect(fired).toMatchObject({ status: 'PENDING', reason: null })
    expect(fired?.decisions).toEqual([
      { channel: 'SMS', step: 1, code: 'quiet_hours', detail: '22:00 to 07:00, UTC', at: '2026-06-02T00:00:00.000Z' },
    ])
  })

  it('goes by the preferences of that moment, not by those of planning', async () => {
    await saveUser('ann', {})
    const id = await insertRung({ dueMs: MIDNIGHT })
    await saveUser('ann', { sms: false })
    expect(await fireAt(MIDNIGHT)).toMatchObject({ wakeUps: [], held: 0, ended: 1 })
    const row = (await readRows()).get(id)
    expect(row).toMatchObject({ status: 'SUPPRESSED', reason: 'preference_off' })
    // Left for the ladder, which the clock moves.
    expect(row?.dueAt).toEqual(new Date(MIDNIGHT))
    expect(row?.decisions?.map(({ code, detail }) => [code, detail])).toEqual([
      ['preference_off', 'person, for this channel'],
    ])
    const { rows } = await store.pool.query('SELECT records FROM "Outbox"')
    expect(JSON.stringify(rows)).toContain('preference_off')
  })

  it('never passes an hour that the person set while the message was held', async () => {
    await saveUser('ann', NIGHT)
    const id = await insertRung({ dueMs: MIDNIGHT })
    await fireAt(MIDNIGHT)
    await saveUser('ann', { quietHours: { start: '22:00', end: '09:00', timeZone: 'UTC' } })
    expect(await fireAt(MORNING)).toMatchObject({ held: 1 })
    expect((await fireAt(Date.parse('2026-06-02T09:00:00Z'))).wakeUps).toHaveLength(1)
    expect((await readRows()).get(id)?.decisions).toHaveLength(2)
  })

  it('ends at once when the hours would outlive the message', async () => {
    await saveUser('ann', NIGHT)
    const id = await insertRung({ dueMs: MIDNIGHT, expiresMs: MORNING })
    expect(await fireAt(MIDNIGHT)).toMatchObject({ ended: 1, held: 0 })
    expect((await readRows()).get(id)).toMatchObject({ status: 'EXPIRED', reason: 'quiet_hours_outlive_expiry' })
  })

  it.each([
    ['CRITICAL', { priority: 'CRITICAL' }, 'quiet_hours_passed_critical'],
    ['a mandatory category', { category: 'login' }, 'quiet_hours_passed_mandatory'],
  ])('%s passes, and says what it passed', async (_name, rung, code) => {
    await saveUser('ann', { ...NIGHT, sms: !('category' in rung) })
    await store.pool.query(
      `INSERT INTO "Category"("tenantId", code, "mandatoryChannels") VALUES ('default', 'login', '{SMS}')`,
    )
    const id = await insertRung({ dueMs: MIDNIGHT, ...rung })
    expect((await fireAt(MIDNIGHT)).wakeUps).toHaveLength(1)
    expect((await readRows()).get(id)?.decisions?.map((one) => one.code)).toEqual([code])
  })

  it('an e-mail waits for nobody to wake up', async () => {
    await saveUser('ann', NIGHT)
    await insertRung({ dueMs: MIDNIGHT, channel: 'EMAIL' })
    expect((await fireAt(MIDNIGHT)).wakeUps).toHaveLength(1)
  })

  it('a stop that came first wins over any hold', async () => {
    await saveUser('ann', NIGHT)
    const id = await insertRung({ dueMs: MIDNIGHT })
    await store.pool.query('UPDATE "NotificationDelivery" SET "stopRequestedAt" = now()')
    expect(await fireAt(MIDNIGHT)).toMatchObject({ ended: 1, held: 0 })
    expect((await readRows()).get(id)).toMatchObject({ status: 'CANCELLED', reason: 'stopped' })
  })

  it('a rung that is pulled forward at night waits for the morning', async () => {
    await saveUser('ann', NIGHT)
    const next = await insertRung({ dueMs: MIDNIGHT + 30 * MINUTE_MS })
    const { rows } = await store.pool.query('SELECT "notificationId" AS id FROM "NotificationDelivery"')
    await store.pool.query(
      `INSERT INTO "NotificationDelivery"(id, "notificationId", "tenantId", "recipientId", channel, step, status, lane,
         "dueAt", "expiresAt", "stopOn", reason)
       VALUES ($1, $2, 'default', 'ann', 'PUSH', 0, 'SUPPRESSED', 'normal', to_timestamp($3::float8 / 1000),
         to_timestamp($4::float8 / 1000), 'READ', 'opted_out')`,
      [randomUUID(), rows[0]?.id, MIDNIGHT, MORNING + 3_600_000],
    )
    await store.setNow(MIDNIGHT)
    expect(await store.clock.pullLadders(1_000)).toBe(1)
    expect(await fireAt(MIDNIGHT)).toMatchObject({ wakeUps: [], held: 1 })
    expect((await readRows()).get(next)).toMatchObject({ reason: 'quiet_hours', dueAt: new Date(MORNING) })
  })
})

test('200 people around both clock changes of 2026 and 2027: fired at the right minute, none dropped, mandatory passes', async () => {
  const random = createRandom(2_027)
  const zones = Intl.supportedValuesOf('timeZone')
  await store.pool.query(
    `INSERT INTO "Category"("tenantId", code, "mandatoryChannels") VALUES ('default', 'login', '{SMS}')`,
  )
  const expected = new Map<string, { readonly who: string; readonly firedMs: number | null }>()
  const tally = { held: 0, now: 0, expired: 0, changes: 0 }
  for (let person = 0; person < PEOPLE; person += 1) {
    const timeZone = zones[random(zones.length)] ?? 'UTC'
    const [start, end] = [random(1_440), random(1_440)]
    const wall = createWallClock(timeZone)
    const changes = wall.findChanges(Date.UTC(2026, 0, 1), Date.UTC(2028, 0, 1))
    tally.changes += changes.length
    const userId = `person ${person}`
    await saveUser(userId, { quietHours: { start: clockTime(start), end: clockTime(end) } }, timeZone)
    for (const changeMs of changes.length > 0 ? changes : [Date.UTC(2026, 2, 29), Date.UTC(2027, 9, 31)]) {
      const dueMs = changeMs + (random(40 * 60) - 30 * 60) * MINUTE_MS + random(MINUTE_MS)
      const expiresMs = dueMs + (1 + random(36 * 60)) * MINUTE_MS
      const endMs = wall.findQuietEnd(dueMs, start, end)
      const kind = endMs === undefined ? 'now' : endMs >= expiresMs ? 'expired' : 'held'
      tally[kind] += 1
      const who = `${userId}, ${timeZone}, ${clockTime(start)} to ${clockTime(end)}, ${new Date(dueMs).toISOString()}`
      const firedMs = kind === 'expired' ? null : (endMs ?? dueMs)
      expected.set(await insertRung({ userId, dueMs, expiresMs }), { who, firedMs })
      expected.set(await insertRung({ userId, dueMs, expiresMs, category: 'login' }), { who, firedMs: dueMs })
    }
  }
  const firedAt = await runClock(Date.UTC(2026, 0, 1))
  const rows = await readRows()
  for (const [id, { who, firedMs }] of expected) {
    expect([who, firedAt.get(id) ?? null]).toEqual([who, firedMs])
    const row = rows.get(id)
    const end = firedMs === null ? ['EXPIRED', 'quiet_hours_outlive_expiry'] : ['PENDING', null]
    expect([who, row?.status, row?.reason]).toEqual([who, ...end])
  }
  expect(Math.min(tally.held, tally.now, tally.expired)).toBeGreaterThan(20)
  expect(tally.changes).toBeGreaterThan(PEOPLE)
}, 180_000)
