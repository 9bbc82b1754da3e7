import { randomUUID } from 'node:crypto'
import { openTestDatabase } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPrivacyStore, createRoutingStore, createScheduleStore, openPool } from '../../src/index.ts'
import { cipherOf } from '../../src/sealing/cipher-of.ts'
import { openJson, sealJson } from '../../src/sealing/sealed-json.ts'

/** Events that are stored as they came hold addresses and texts: whoever is erased is left out of each. */

let database: Awaited<ReturnType<typeof openTestDatabase>>
let pool: ReturnType<typeof openPool>
beforeAll(async () => {
  database = await openTestDatabase()
  pool = openPool({
    ...{ connectionString: database.url, max: 2, applicationName: 'privacy' },
    dataKeys: ['a key of the test'],
  })
})
afterAll(async () => {
  await pool.end()
  await database.drop()
})

const privacy = () => createPrivacyStore({ pool, announce: () => undefined })
const newPerson = () => `ada-${randomUUID()}`
const inline = (userId: string) => ({ userId, email: `${userId}@mail.test` })
const erase = (userId: string) => privacy().erasePerson('default', userId)

function saveSchedule(id: string, event: object) {
  const when = { cron: '0 9 * * *', timeZone: 'UTC', onMissed: 'skip', isPaused: false, nextRunAt: new Date() } as const
  return createScheduleStore({ pool }).saveSchedule('default', { id, ...when, event: { type: 'T', ...event } })
}

it('a schedule goes on for the others, and ends where it was for nobody else', async () => {
  const ada = newPerson()
  await saveSchedule('alone', { message: 'for ada', recipients: [inline(ada)] })
  await saveSchedule('both', { message: 'to both', recipientIds: [ada, 'bob'], recipients: [inline(ada)] })
  await saveSchedule('others', { message: 'to bob', recipientIds: ['bob'] })
  expect(await erase(ada)).toMatchObject({ schedules: 2, heldEvents: 0 })
  const left = await createScheduleStore({ pool }).listSchedules('default')
  expect(left.map(({ id, event }) => [id, event.recipientIds])).toEqual([
    ['both', ['bob']],
    ['others', ['bob']],
  ])
  expect(JSON.stringify(left)).not.toContain(ada)
})

async function hold(kind: 'EVENT' | 'TIMER', event: object, acceptedAt = new Date()): Promise<string> {
  const eventId = randomUUID()
  await pool.query(
    `INSERT INTO "HeldEvent"(id, "tenantId", "eventId", kind, state, event, "acceptedAt", "dueAt")
     VALUES (gen_random_uuid(), 'default', $1, $2, 'WAITING', $3, $4, now() + interval '1 h')`,
    [eventId, kind, event, acceptedAt],
  )
  return eventId
}

async function readHeld(eventId: string) {
  const { rows } = await pool.query(`SELECT state, event, reason FROM "HeldEvent" WHERE "eventId" = $1`, [eventId])
  return rows[0]
}

it('a timer that was for the person alone never goes off', async () => {
  const ada = newPerson()
  const timer = await hold('TIMER', { type: 'T', message: 'for ada', recipients: [inline(ada)] })
  expect(await erase(ada)).toMatchObject({ heldEvents: 1 })
  expect(await readHeld(timer)).toEqual({ state: 'CANCELLED', event: null, reason: 'erased' })
})

it('what a router was just writing is found by the second look, and what came after the erasure is left alone', async () => {
  const ada = newPerson()
  const before = new Date(Date.now() - 1_000)
  await erase(ada)
  const late = await hold('EVENT', { type: 'T', message: 'm', recipients: [inline(ada)] }, before)
  const later = new Date(Date.now() + 60_000)
  const anew = await hold('EVENT', { type: 'T', message: 'm', recipients: [inline(ada)] }, later)
  await pool.query(`UPDATE "Erasure" SET "sweepAt" = now() WHERE "userId" = $1`, [ada])
  await privacy().sweepErased(10)
  expect(await readHeld(late)).toMatchObject({ state: 'CANCELLED', event: null })
  expect(await readHeld(anew)).toMatchObject({ state: 'WAITING', event: { recipients: [inline(ada)] } })
})

it('what was in the log for long rests without those who were erased meanwhile', async () => {
  const [ada, cleo] = [newPerson(), newPerson()]
  const acceptedAt = new Date(Date.now() - 120_000)
  await erase(ada)
  await pool.query(`UPDATE "Erasure" SET "sweepAt" = NULL WHERE "userId" = $1`, [ada])
  const store = createRoutingStore({ pool, announce: () => undefined })
  const sendAt = new Date(Date.now() + 60_000).toISOString()
  const held = (more: object) => {
    const id = randomUUID()
    const event = { id, type: 'T', message: 'm', notificationPriority: 'MEDIUM' as const, sendAt, ...more }
    return { tenantId: 'default', id, event, fingerprint: 'f', acceptedAt, traceparent: null }
  }
  const alone = held({ recipients: [inline(ada)] })
  const both = held({ recipientIds: [ada, cleo], recipients: [inline(ada), inline(cleo)] })
  const back = { ...held({ recipients: [inline(ada)] }), acceptedAt: new Date(Date.now() + 60_000) }
  expect((await store.holdEvents([alone, both, back], 600_000)).map(({ kind }) => kind)).toEqual([
    'held',
    'held',
    'held',
  ])
  const open = async (id: string) => openJson(cipherOf(pool), 'default', (await readHeld(id)).event)
  expect(await readHeld(alone.id)).toEqual({ state: 'CANCELLED', event: null, reason: 'erased' })
  expect(await open(both.id)).toMatchObject({ recipientIds: [cleo], recipients: [inline(cleo)] })
  expect(await open(back.id)).toMatchObject({ recipients: [inline(ada)] })

  const broadcast = held({ recipients: [inline(ada)] })
  const { tenantId, id, fingerprint, traceparent } = broadcast
  const planned = {
    ...{ tenantId, id, fingerprint, traceparent, acceptedAt, type: 'T', category: 'general' },
    ...{ cancelKey: null, recipientCount: 1 },
  }
  await store.startFanouts([{ planned, event: broadcast.event }])
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM "Fanout" WHERE "eventId" = $1', [id])
  expect(await readFanout(rows[0]?.id ?? '')).toMatchObject({ recipientIds: [], recipients: [] })
})

async function startFanout(status: string, event: object): Promise<string> {
  const id = randomUUID()
  await pool.query(
    `INSERT INTO "Fanout"(id, "tenantId", "eventId", status, event, fingerprint, "acceptedAt")
     VALUES ($1::uuid, 'default', $1::text, $2, $3::jsonb, 'f', now())`,
    [id, status, sealJson(cipherOf(pool), 'default', event)],
  )
  return id
}

async function readFanout(id: string) {
  const { rows } = await pool.query(`SELECT event FROM "Fanout" WHERE id = $1`, [id])
  expect(rows[0].event).toEqual(expect.any(String))
  return openJson(cipherOf(pool), 'default', rows[0].event)
}

it.each(['PROCESSING', 'PAUSED', 'FAILED'])(
  'a fan-out that is %s names the person no more, and rests sealed',
  async (status) => {
    const ada = newPerson()
    const event = { type: 'T', message: 'm', recipientIds: [ada, 'bob'], recipients: [inline(ada)] }
    const many = await startFanout(status, event)
    const alone = await startFanout(status, { type: 'T', message: 'm', recipientIds: [], recipients: [inline(ada)] })
    expect(await erase(ada)).toMatchObject({ fanouts: 2 })
    expect(await readFanout(many)).toEqual({ ...event, recipientIds: ['bob'], recipients: [] })
    expect(await readFanout(alone)).toMatchObject({ recipientIds: [], recipients: [] })
  },
)
