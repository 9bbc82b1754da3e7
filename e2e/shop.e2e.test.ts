import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { childEnvironment, type FleetStage } from '@carillon/testkit'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { OPEN_MS_MAX, openSharedStage, readMails } from './open-shared-stage.ts'

const main = join(import.meta.dirname, '../examples/shop/src/main.ts')
const shops: ChildProcess[] = []
let stage: FleetStage

beforeAll(async () => {
  stage = await openSharedStage()
}, OPEN_MS_MAX)
afterEach(() => Promise.all(shops.splice(0).map(end)))
afterAll(() => stage?.close(), 60_000)

async function end(shop: ChildProcess): Promise<void> {
  if (shop.exitCode !== null) return
  const exited = once(shop, 'exit')
  shop.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
}

async function openShop(env: Record<string, string>): Promise<{ url: string; by: string }> {
  const settings = { CARILLON_URL: stage.api.url, CARILLON_API_KEY: stage.api.token, PORT: '0' }
  const shop = spawn(process.execPath, [main], {
    env: { ...childEnvironment(), ...settings, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  shops.push(shop)
  const [line] = await once(createInterface(shop.stdout), 'line')
  const [, url = '', by = ''] = /(http:\S+), .* by (\w+)/.exec(line) ?? []
  return { url, by }
}

async function call<Answer>(method: string, url: string, body?: unknown): Promise<Answer> {
  const response = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
  expect(response.ok, `${method} ${url} answered ${response.status}`).toBe(true)
  return JSON.parse(await response.text())
}

async function readSubjects(address: string): Promise<string[]> {
  const mails = await readMails(stage, address)
  return Promise.all(mails.map(async ({ number }) => String((await stage.smtp.readMail(number)).subject)))
}

const kafka = () => ({ KAFKA_BROKER: stage.kafka.connection.brokers.join(',') })

it.each([
  { by: 'REST', env: () => ({}) },
  { by: 'Kafka', env: kafka },
])(
  'a customer of the example shop hears of the order and of its way by mail and inbox, over $by',
  async ({ by, env }) => {
    const shop = await openShop(env())
    expect(shop.by).toBe(by)
    const customer = { id: `customer-${by}`, email: `${by.toLowerCase()}@example.com` }
    const { id } = await call<{ id: string }>('POST', `${shop.url}/orders`, { customer, amount: '12.50 EUR' })
    await vi.waitFor(async () => expect(await readSubjects(customer.email)).toHaveLength(1), 20_000)
    await call('POST', `${shop.url}/orders/${id}/ship`, { carrier: 'DHL' })
    // Told twice, it is the same news.
    await call('POST', `${shop.url}/orders/${id}/ship`, { carrier: 'DHL' })
    await vi.waitFor(async () => expect(await readSubjects(customer.email)).toHaveLength(2), 20_000)
    const subjects = [`Order ${id} received`, `Order ${id} is on its way`]
    expect(await readSubjects(customer.email)).toEqual(subjects)
    const { news } = await call<{ news: object[] }>('GET', `${shop.url}/customers/${customer.id}/news`)
    expect(news).toEqual(subjects.toReversed().map((title) => ({ title, read: false })))
  },
  60_000,
)
