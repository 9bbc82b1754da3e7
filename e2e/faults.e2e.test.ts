import type { AppName, FleetStage } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { guest, OPEN_MS_MAX, openSharedStage } from './open-shared-stage.ts'

const EXIT_MS_MAX = 25_000
const SLOW_SERVER_MS = 20

let stage: FleetStage

beforeAll(async () => {
  stage = await openSharedStage()
  await stage.smtp.behave({ at: 'dot', delayMs: SLOW_SERVER_MS })
}, OPEN_MS_MAX)

afterAll(async () => {
  await stage?.close()
})

/** Posts all of them side by side, as one burst; resolves when each was accepted. */
async function burst(name: string, count: number): Promise<void> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      stage.api.post(
        {
          type: 'X',
          message: 'hi',
          recipients: [guest(`${name}-${index}`)],
          channels: ['EMAIL'],
          notificationPriority: index % 4 === 0 ? 'HIGH' : 'MEDIUM',
        },
        { idempotencyKey: `${name}-${index}` },
      ),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))
}

/** Every delivery of the burst is sent, with one mail each and nothing in doubt. */
async function expectAllSentOnce(name: string, count: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await stage.pool.query(
        `SELECT status, "possiblySent", count(*)::int AS count FROM "NotificationDelivery"
         WHERE starts_with("recipientId", $1) GROUP BY 1, 2`,
        [`${name}-`],
      )
      expect(rows).toEqual([{ status: 'SENT', possiblySent: false, count }])
    },
    { timeout: 60_000, interval: 100 },
  )
  const mails = (await stage.smtp.accepted()).filter(({ to }) => to[0]?.startsWith(`${name}-`))
  expect(mails).toHaveLength(count)
  expect(new Set(mails.map(({ deliveryId }) => deliveryId)).size).toBe(count)
}

it('connections to Postgres that are cut again and again lose nothing and double nothing', async () => {
  const count = 200
  const posting = burst('cut', count)
  let cut = 0
  const cutting = (async () => {
    for (const endMs = performance.now() + 4_000; performance.now() < endMs; ) {
      const { rowCount } = await stage.pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'carillon-%'`)
      cut += rowCount ?? 0
      await new Promise((next) => setTimeout(next, 250))
    }
  })()
  await Promise.all([posting, cutting])
  expect(cut).toBeGreaterThan(20)
  await expectAllSentOnce('cut', count)
  expect(stage.fleet.readUnexpectedExits()).toEqual([])
}, 120_000)

it('SIGTERM in a burst ends every process within 25 s, and the next ones finish the work', async () => {
  const count = 200
  const apps: readonly AppName[] = ['router', 'email', 'escalation', 'api']
  const posting = burst('term', count)
  await stage.smtp.waitForAccepted((await stage.smtp.accepted()).length + 10, 20_000)
  const ends = await Promise.all(apps.map(endWithTerm))
  for (const { name, code, ms } of ends) {
    expect(`${name} ended with ${code}`).toBe(`${name} ended with 0`)
    expect(ms, name).toBeLessThan(EXIT_MS_MAX)
  }
  await Promise.all(apps.map((name) => stage.fleet.start(name)))
  await posting
  await expectAllSentOnce('term', count)
}, 120_000)

async function endWithTerm(name: AppName) {
  const startedAtMs = performance.now()
  const code = await stage.fleet.kill(name, 'SIGTERM')
  return { name, code, ms: performance.now() - startedAtMs }
}

it('Kafka read twice by a router that died before it committed adds nothing', async () => {
  const count = 50
  await stage.fleet.kill('router', 'SIGTERM')
  await burst('reread', count)
  await stage.fleet.start('router')
  await stage.smtp.waitForAccepted((await stage.smtp.accepted()).length + 1, 20_000)
  await stage.fleet.killAndRestart('router')
  await expectAllSentOnce('reread', count)
}, 120_000)
