import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { type FleetProcess, type FleetStage, openStage, STAGE_SECRET, startFleetProcess } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'

/** A service without Kafka hears what became of its messages, also after it was down. */

interface Heard {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const heard: Heard[] = []
let failures = 0
const service = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString()
  if (failures-- > 0) return void response.writeHead(500).end()
  heard.push({ headers: request.headers, body })
  response.writeHead(204).end()
})

let stage: FleetStage
let receipts: FleetProcess

beforeAll(async () => {
  stage = await openStage({ broker: 'embedded', apps: ['api', 'router', 'email', 'escalation'] })
  const env = {
    DATABASE_URL: stage.databaseUrl,
    KAFKA_BROKER: stage.kafka.connection.brokers.join(','),
    CARILLON_SECRET: STAGE_SECRET,
    OUTCOME_WEBHOOKS_PRIVATE: 'true',
  }
  receipts = await startFleetProcess({ name: 'receipts', env, logDir: stage.logDir, readyTimeoutMs: 30_000 })
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
})

afterAll(async () => {
  receipts?.kill('SIGTERM')
  await receipts?.exited
  service.closeAllConnections()
  service.close()
  await stage?.close()
}, 60_000)

it('tells the outcome, signed, and again after a failure', async () => {
  const address = service.address()
  if (address === null || typeof address === 'string') throw new Error('the service has no port')
  const made = await stage.api.call<{ secret: string }>('PUT', '/api/outcome-webhook', {
    body: { url: 'https://a.example/outcomes' },
  })
  // Only https can be named from outside; the service of this test is beside us.
  await stage.pool.query('UPDATE "OutcomeWebhook" SET url = $1', [`http://127.0.0.1:${address.port}/outcomes`])
  failures = 1
  const { body } = await stage.api.post({
    ...{ type: 'ORDER', message: 'It left', recipients: [{ email: 'ada@mail.test' }], channels: ['EMAIL'] },
  })
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(0), { timeout: 40_000, interval: 200 })
  const [call] = heard
  const told: { id: string; outcomes: { status: string; channel: string; deliveryId: string }[] } = JSON.parse(
    call?.body ?? '',
  )
  expect(told.outcomes).toMatchObject([{ channel: 'EMAIL', status: 'SENT' }])
  expect(told.id).toBe(call?.headers['carillon-call-id'])
  const [, seconds = '', mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(call?.headers['carillon-signature'])) ?? []
  const expected = createHmac('sha256', made.body.secret).update(`${seconds}.${call?.body}`).digest('hex')
  expect(mac).toBe(expected)
  expect(body.eventId).toMatch(/^evt_/)
  await vi.waitFor(async () => {
    expect((await stage.pool.query('SELECT FROM "OutcomeCall"')).rowCount).toBe(0)
  })
}, 90_000)
