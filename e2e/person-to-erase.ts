import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { recipientIdOf } from '@carillon/contracts'
import { type FleetProcess, type FleetStage, openStage, STAGE_SECRET, startFleetProcess } from '@carillon/testkit'
import { expect, vi } from 'vitest'

/** A person who leaves something of themselves wherever the fleet keeps anything, and one who is known by an address alone. */

// Of this run alone: what is looked for may stand in a Redis that others use too.
const run = randomUUID().slice(0, 8)
const email = `ada.lovelace.${run}@mail.test`
const phone = `+4915${String(Date.now()).slice(-9)}`
const token = `registration-token-of-ada-${run}`
const words = { title: `Titleofada${run}`, message: `Textofada${run}`, actionUrl: `/pathofada${run}` }
const held = `heldforada${run}`

export const PERSONAL = [
  `ada.lovelace.${run}`,
  `grace.hopper.${run}`,
  phone.slice(3),
  token,
  held,
  ...Object.values(words),
]
export const TITLE = words.title
export const guest = `grace.hopper.${run}@mail.test`
export const guestId = recipientIdOf({ email: guest })
export const EVENT = {
  ...{ type: 'ORDER', title: words.title, message: words.message },
  metadata: { actionUrl: words.actionUrl },
}

export interface ErasureStage {
  readonly stage: FleetStage
  close(): Promise<void>
}

/** Every process that sees addresses or texts. */
export async function openErasureStage(more: Readonly<Record<string, string>> = {}): Promise<ErasureStage> {
  const stage = await openStage({ broker: 'embedded', apps: ['api', 'router', 'email', 'escalation'], env: more })
  const others: FleetProcess[] = []
  const close = async () => {
    for (const started of others) {
      started.kill('SIGTERM')
      await started.exited
    }
    await stage.close()
  }
  const env = {
    ...more,
    DATABASE_URL: stage.databaseUrl,
    KAFKA_BROKER: stage.kafka.connection.brokers.join(','),
    CARILLON_SECRET: STAGE_SECRET,
    CARILLON_SIMULATE: 'sms,whatsapp,push',
  }
  try {
    for (const name of ['sms', 'push'] as const)
      others.push(await startFleetProcess({ name, env, logDir: stage.logDir, readyTimeoutMs: 30_000 }))
  } catch (error) {
    await close()
    throw error
  }
  return { stage, close }
}

/** Messages on every channel, ones that wait, come again and go off, and an address that its server does not know. */
export async function leaveTraces(stage: FleetStage): Promise<void> {
  const { api, smtp } = stage
  await api.call('PUT', '/api/users/ada', { body: { email, phone } })
  await api.call('POST', '/api/devices', { body: { userId: 'ada', token, platform: 'android' } })
  await smtp.behave({ at: 'rcpt', for: guest, reply: `550 5.1.1 <${guest}>: no such user` })
  // Login codes are counted by number.
  const channels = ['IN_APP', 'EMAIL', 'SMS', 'PUSH']
  await api.post({ ...EVENT, recipientIds: ['ada'], category: 'verification', channels })
  await api.post({ ...EVENT, recipients: [{ email: guest }], channels: ['EMAIL'] })
  const waiting = { type: 'ORDER', message: held, recipients: [{ userId: 'ada', email }], channels: ['EMAIL'] }
  await api.post({ ...waiting, sendAt: new Date(Date.now() + 3_600_000).toISOString() })
  const timer = { key: 'of-ada', afterSeconds: 3_600, onDue: 'notify', event: waiting }
  const schedule = { cron: '0 9 * * *', event: waiting }
  expect((await api.call('POST', '/api/timers', { body: timer })).status).toBe(201)
  expect((await api.call('PUT', '/api/schedules/of-ada', { body: schedule })).status).toBe(200)
  await waitForEnds(stage, 'ada', ['EMAIL SENT', 'IN_APP DELIVERED', 'PUSH SENT', 'SMS SENT'])
  await waitForEnds(stage, guestId, ['EMAIL FAILED'])
}

export async function waitForEnds({ pool }: FleetStage, recipientId: string, statuses: readonly string[]) {
  await vi.waitFor(
    async () => {
      const { rows } = await pool.query<{ said: string }>(
        `SELECT channel || ' ' || status AS said FROM "NotificationDelivery" WHERE "recipientId" = $1 ORDER BY 1`,
        [recipientId],
      )
      expect(rows.map(({ said }) => said)).toEqual(statuses)
    },
    { timeout: 30_000, interval: 200 },
  )
}

export async function dumpTables({ pool }: FleetStage): Promise<string> {
  const tables = await pool.query<{ name: string }>(
    `SELECT quote_ident(table_name) AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  )
  const dumps = tables.rows.map(({ name }) =>
    pool.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${name} t`),
  )
  return (await Promise.all(dumps)).flatMap(({ rows }) => rows.map(({ row }) => row)).join('\n')
}

export async function readLogs({ logDir }: FleetStage): Promise<string> {
  const files = await readdir(logDir, { recursive: true, withFileTypes: true })
  const texts = files.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name), 'utf8'))
  return (await Promise.all(texts)).join('\n')
}

export function expectNothingOf(place: string, text: string): void {
  for (const one of PERSONAL) expect(text, `${place} has ${one}`).not.toContain(one)
}
