import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { recipientIdOf } from '@carillon/contracts'
import { type FleetProcess, type FleetStage, openStage, STAGE_SECRET, startFleetProcess } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'

/** A run of the fleet in which a person gets messages on every channel; then nothing of them may be found anywhere. */

const email = 'ada.lovelace@mail.test'
const guest = 'grace.hopper@mail.test'
const phone = '+4915112345678'
const token = 'registration-token-of-ada-0123456789'
const words = { title: 'Titleofada', message: 'Textofada', actionUrl: '/pathofada' }
const PERSONAL = ['ada.lovelace', 'grace.hopper', '15112345678', token, ...Object.values(words), 'heldforada']
const guestId = recipientIdOf({ email: guest })

let stage: FleetStage
const others: FleetProcess[] = []

beforeAll(async () => {
  stage = await openStage({ broker: 'embedded', apps: ['api', 'router', 'email', 'escalation'] })
  const env = {
    DATABASE_URL: stage.databaseUrl,
    KAFKA_BROKER: stage.kafka.connection.brokers.join(','),
    CARILLON_SECRET: STAGE_SECRET,
    CARILLON_SIMULATE: 'sms,whatsapp,push',
  }
  for (const name of ['sms', 'push'] as const)
    others.push(await startFleetProcess({ name, env, logDir: stage.logDir, readyTimeoutMs: 30_000 }))
})

afterAll(async () => {
  for (const started of others) {
    started.kill('SIGTERM')
    await started.exited
  }
  await stage?.close()
}, 60_000)

async function dumpTables(): Promise<string> {
  const tables = await stage.pool.query<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  )
  const dumps = tables.rows.map(({ name }) =>
    stage.pool.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${name} t`),
  )
  return (await Promise.all(dumps)).flatMap(({ rows }) => rows.map(({ row }) => row)).join('\n')
}

async function readLogs(): Promise<string> {
  const files = await readdir(stage.logDir, { recursive: true, withFileTypes: true })
  const texts = files.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name), 'utf8'))
  return (await Promise.all(texts)).join('\n')
}

async function waitForEnds(recipientId: string, statuses: readonly string[]): Promise<void> {
  await vi.waitFor(
    async () => {
      const { rows } = await stage.pool.query<{ said: string }>(
        `SELECT channel || ' ' || status AS said FROM "NotificationDelivery" WHERE "recipientId" = $1 ORDER BY 1`,
        [recipientId],
      )
      expect(rows.map(({ said }) => said)).toEqual(statuses)
    },
    { timeout: 30_000, interval: 200 },
  )
}

it('after an erasure no table and no line of the log has address, phone, token or text, and suppressions hold', async () => {
  const { api, smtp } = stage
  await api.call('PUT', '/api/users/ada', { body: { email, phone } })
  await api.call('POST', '/api/devices', { body: { userId: 'ada', token, platform: 'android' } })
  await smtp.behave({ at: 'rcpt', for: guest, reply: `550 5.1.1 <${guest}>: no such user` })
  const { title, message, actionUrl } = words
  const event = { type: 'ORDER', title, message, metadata: { actionUrl } }
  await api.post({ ...event, recipientIds: ['ada'], channels: ['IN_APP', 'EMAIL', 'SMS', 'PUSH'] })
  await api.post({ ...event, recipients: [{ email: guest }], channels: ['EMAIL'] })
  const sendAt = new Date(Date.now() + 3_600_000).toISOString()
  await api.post({ type: 'ORDER', message: 'heldforada', recipientIds: ['ada'], channels: ['EMAIL'], sendAt })
  await waitForEnds('ada', ['EMAIL SENT', 'IN_APP DELIVERED', 'PUSH SENT', 'SMS SENT'])
  await waitForEnds(guestId, ['EMAIL FAILED'])
  // The test sees what it looks for while it is there; contacts rest sealed even then.
  const before = await dumpTables()
  expect(before).toContain(words.title)
  expect(before).not.toContain('ada.lovelace')

  for (const id of ['ada', guestId]) expect((await api.call('DELETE', `/api/users/${id}`)).status).toBe(200)
  const [tables, logs] = [await dumpTables(), await readLogs()]
  for (const one of PERSONAL) {
    expect(tables, `a table has ${one}`).not.toContain(one)
    expect(logs, `a log has ${one}`).not.toContain(one)
  }
  expect(logs).toContain('delivery.attempted')
  await api.post({ ...event, recipients: [{ userId: 'somebody', email: guest }], channels: ['EMAIL'] })
  await waitForEnds('somebody', ['EMAIL SUPPRESSED'])
  expect((await smtp.accepted()).length).toBe(1)
}, 120_000)
