import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestStore, type TestStore } from '../open-test-store.ts'

const STATES = [
  'SCHEDULED',
  'PENDING',
  'SENDING',
  'UNKNOWN',
  'SENT',
  'DELIVERED',
  'FAILED',
  'CANCELLED',
  'SUPPRESSED',
  'EXPIRED',
] as const

// Written out from the table in the design of delivery, not taken from the code.
const ALLOWED: Record<string, readonly string[]> = {
  SCHEDULED: ['PENDING', 'CANCELLED', 'EXPIRED', 'SUPPRESSED', 'SENT', 'FAILED', 'DELIVERED'],
  PENDING: ['SENDING', 'CANCELLED', 'EXPIRED', 'SCHEDULED', 'SUPPRESSED', 'SENT', 'FAILED', 'DELIVERED'],
  SENDING: ['SENT', 'FAILED', 'SCHEDULED', 'CANCELLED', 'EXPIRED', 'UNKNOWN', 'DELIVERED'],
  UNKNOWN: ['SENT', 'DELIVERED', 'SCHEDULED', 'FAILED', 'CANCELLED', 'EXPIRED'],
  SENT: ['DELIVERED', 'FAILED'],
  DELIVERED: [],
  FAILED: [],
  CANCELLED: [],
  SUPPRESSED: [],
  EXPIRED: [],
}
const BIRTHS = ['PENDING', 'SCHEDULED', 'SUPPRESSED', 'EXPIRED', 'CANCELLED']

const INSERT = `INSERT INTO "NotificationDelivery"
  (id, "notificationId", "tenantId", "recipientId", channel, status, lane, "expiresAt")
  VALUES ($1, $1, 'default', 'ann', $2, $3::delivery_status, 'normal', now())`

let store: TestStore
beforeAll(async () => {
  store = await openTestStore({ connections: 1 })
})
afterAll(() => store.close())

async function refusalOf(query: Promise<unknown>): Promise<string | undefined> {
  try {
    await query
    return undefined
  } catch (error) {
    return (error as { code?: string }).code
  }
}

describe('the trigger of states', () => {
  const pairs = STATES.flatMap((from) => STATES.filter((to) => to !== from).map((to) => ({ from, to })))

  it.each(pairs)('$from to $to moves only where the table has it', async ({ from, to }) => {
    const id = randomUUID()
    await store.pool.query('ALTER TABLE "NotificationDelivery" DISABLE TRIGGER ALL')
    await store.pool.query(INSERT, [id, 'EMAIL', from])
    await store.pool.query('ALTER TABLE "NotificationDelivery" ENABLE TRIGGER ALL')
    const move = store.pool.query('UPDATE "NotificationDelivery" SET status = $2::delivery_status WHERE id = $1', [
      id,
      to,
    ])
    expect(await refusalOf(move)).toBe(ALLOWED[from]?.includes(to) ? undefined : 'CA001')
  })

  it.each(STATES)('lets a row that stays %s be changed otherwise', async (state) => {
    const id = randomUUID()
    await store.pool.query('ALTER TABLE "NotificationDelivery" DISABLE TRIGGER ALL')
    await store.pool.query(INSERT, [id, 'EMAIL', state])
    await store.pool.query('ALTER TABLE "NotificationDelivery" ENABLE TRIGGER ALL')
    const change = 'UPDATE "NotificationDelivery" SET status = status, error = $2 WHERE id = $1'
    expect(await refusalOf(store.pool.query(change, [id, 'x']))).toBeUndefined()
  })

  it.each(STATES)('lets an e-mail be born %s only where the table has it', async (state) => {
    const birth = store.pool.query(INSERT, [randomUUID(), 'EMAIL', state])
    expect(await refusalOf(birth)).toBe(BIRTHS.includes(state) ? undefined : 'CA001')
  })

  it('lets only an IN_APP row be born DELIVERED', async () => {
    expect(await refusalOf(store.pool.query(INSERT, [randomUUID(), 'IN_APP', 'DELIVERED']))).toBeUndefined()
    expect(await refusalOf(store.pool.query(INSERT, [randomUUID(), 'IN_APP', 'SENT']))).toBe('CA001')
  })
})
