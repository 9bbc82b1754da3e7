import { receiptRecordSchema } from '@carillon/contracts'
import type { ProviderReceipt } from '@carillon/receipts'
import { describe, expect, it } from 'vitest'
import { EVENT_ID_KEYS } from '../../test/api-under-test.ts'
import { createApi } from '../create-api.ts'
import { createMemoryPorts } from '../testing.ts'
import type { WebhookCall, WebhookProvider } from './webhook-provider.ts'

const NUMBER = '+4915112345678'
const DELIVERED: ProviderReceipt = {
  ...{ provider: 'fake', providerEventId: 'm1:delivered', providerMessageId: 'm1', kind: 'delivered', address: NUMBER },
}
const STOP: ProviderReceipt = { ...DELIVERED, providerEventId: 'm2', kind: 'opted_out', channel: 'SMS' }

/** A provider whose signature is the body itself, and whose body is the receipts. */
function startApi({ publicUrl, answer }: { publicUrl?: string; answer?: WebhookProvider['answer'] } = {}) {
  const memory = createMemoryPorts()
  const calls: WebhookCall[] = []
  const read: string[] = []
  const tenants: { away: boolean; ids: readonly string[] } = { away: false, ids: ['t1', 't2'] }
  const provider: WebhookProvider = {
    name: 'fake',
    async verify(call) {
      calls.push(call)
      return call.headers.get('x-signature') === new TextDecoder().decode(call.rawBody)
    },
    async read({ rawBody }) {
      const body = new TextDecoder().decode(rawBody)
      read.push(body)
      return body.startsWith('[') ? JSON.parse(body) : []
    },
    answerChallenge: (query) => query.get('challenge') ?? undefined,
    ...(answer && { answer }),
  }
  const webhooks = {
    providers: [provider],
    async readTenantIds() {
      if (tenants.away) throw new Error('away')
      return tenants.ids
    },
    hashAddress: (tenantId: string, address: string) => `${tenantId}#${address.length}`,
    ...(publicUrl && { publicUrl }),
  }
  const app = createApi({ ...memory.ports, webhooks }, { eventIdKeys: EVENT_ID_KEYS, bodyWaitMs: 100 })
  async function post(receipts: readonly ProviderReceipt[] | string, path = '/webhooks/fake', signature?: string) {
    const body = typeof receipts === 'string' ? receipts : JSON.stringify(receipts)
    const response = await app.request(path, {
      ...{ method: 'POST', body, headers: { 'x-signature': signature ?? body, 'content-type': 'text/anything' } },
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  return { ...memory, app, calls, read, tenants, post }
}

describe('a webhook', () => {
  it('keeps receipts in Kafka before it answers, in the order of their message, without an address', async () => {
    const api = startApi()
    const { status, text } = await api.post([DELIVERED, { ...DELIVERED, deliveryId: crypto.randomUUID(), attempt: 1 }])
    expect([status, JSON.parse(text)]).toEqual([200, { received: 2 }])
    const [first, second] = api.published
    expect(first).toMatchObject({ topic: 'notification.receipts', key: 'm1' })
    expect(second?.key).toBe(JSON.parse(second?.value ?? '').deliveryId)
    for (const { value } of api.published) {
      expect(value).not.toContain(NUMBER)
      expect(receiptRecordSchema.parse(JSON.parse(value))).toMatchObject({
        provider: 'fake',
        rank: 5,
        kind: 'delivered',
      })
    }
  })

  it('fits the hashes of ten thousand tenants into records that Kafka takes', async () => {
    const api = startApi()
    api.tenants.ids = Array.from({ length: 10_000 }, (_, index) => `tenant-${index}-${'x'.repeat(100)}`)
    const { text } = await api.post([STOP])
    expect(JSON.parse(text)).toEqual({ received: 1 })
    const sizes = api.published.map(({ value }) => Buffer.byteLength(value))
    expect(Math.max(...sizes)).toBeLessThan(1_000_000)
    const records = api.published.map(({ value }) => receiptRecordSchema.parse(JSON.parse(value)))
    expect(records.reduce((sum, one) => sum + Object.keys(one.addressHashes ?? {}).length, 0)).toBe(10_000)
    expect(new Set(records.map((one) => one.providerEventId)).size).toBe(records.length)
    expect(new Set(api.published.map(({ key }) => key)).size).toBe(1)
  })

  it('hashes the number of somebody who writes back, for every tenant, and keeps what they write in order', async () => {
    const api = startApi()
    await api.post([STOP])
    const [record] = api.published
    expect(record?.key).toBe('#14')
    expect(record?.value).not.toContain(NUMBER)
    expect(JSON.parse(record?.value ?? '')).toMatchObject({
      ...{ kind: 'opted_out', channel: 'SMS', addressHashes: { t1: 't1#14', t2: 't2#14' } },
    })
  })

  it('says nothing of a number where nobody asked for anything', async () => {
    const api = startApi()
    await api.post([{ ...STOP, kind: 'replied' }])
    expect(JSON.parse(api.published[0]?.value ?? '')).not.toHaveProperty('addressHashes')
  })

  it.each([
    ['not confirmed by Kafka', 'publisher'],
    ['by somebody whose number cannot be hashed', 'tenants'],
  ] as const)('that is %s is not taken', async (_name, away) => {
    const api = startApi()
    if (away === 'publisher') api.failOn('publisher')
    else api.tenants.away = true
    const { status } = await api.post([STOP])
    expect(status).toBe(away === 'publisher' ? 503 : 500)
    expect(api.published).toEqual([])
  })

  it('is refused with a signature that is not genuine, before anything looks at the body', async () => {
    const api = startApi()
    const { status, text } = await api.post([DELIVERED], '/webhooks/fake', 'forged')
    expect([status, JSON.parse(text).code]).toEqual([403, 'signature_invalid'])
    expect([api.read, api.published]).toEqual([[], []])
  })

  it('is not found for a provider that is not configured', async () => {
    const api = startApi()
    for (const path of ['/webhooks/other', '/webhooks/__proto__', '/webhooks/fake/more'])
      expect((await api.post([DELIVERED], path)).status).toBe(404)
    expect(api.calls).toEqual([])
    const bare = createApi(createMemoryPorts().ports, { eventIdKeys: EVENT_ID_KEYS })
    expect((await bare.request('/webhooks/fake', { method: 'POST', body: 'x' })).status).toBe(404)
  })

  it('is refused when its body is too large, or stops arriving', async () => {
    const api = startApi()
    expect((await api.post('x'.repeat(1_048_577))).status).toBe(413)
    const body = new ReadableStream<Uint8Array>({ start: (stream) => stream.enqueue(new Uint8Array(3)) })
    const request = new Request('http://localhost/webhooks/fake', {
      method: 'POST',
      body,
      duplex: 'half',
    } as RequestInit)
    expect((await api.app.request(request)).status).toBe(408)
    expect(api.calls).toEqual([])
  })

  it('that is genuine and says nothing we know is taken: a repeat would say no more', async () => {
    const api = startApi()
    expect((await api.post('some words')).status).toBe(200)
    expect((await api.post('')).status).toBe(200)
    expect(api.published).toEqual([])
  })

  it('is checked over the public address, whatever a proxy made of it', async () => {
    const api = startApi({ publicUrl: 'https://notify.example/hooks/' })
    await api.post('x', '/webhooks/fake?ref=a%2Bb')
    expect(api.calls[0]?.url).toBe('https://notify.example/hooks/fake?ref=a%2Bb')
    const bare = startApi()
    await bare.post('x', '/webhooks/fake?ref=1')
    expect(bare.calls[0]?.url).toBe('http://localhost/webhooks/fake?ref=1')
  })

  it('hands the provider the very bytes that it sent', async () => {
    const api = startApi()
    const bytes = new Uint8Array([0xff, 0x00, 0x0d, 0x0a])
    await api.app.request('/webhooks/fake', { method: 'POST', body: bytes })
    expect([...(api.calls[0]?.rawBody ?? [])]).toEqual([...bytes])
  })

  it('answers in the words that the provider wants', async () => {
    const api = startApi({ answer: { contentType: 'text/xml', text: '<Response/>' } })
    const { status, headers, text } = await api.post([DELIVERED])
    expect([status, headers.get('content-type'), text]).toEqual([200, 'text/xml', '<Response/>'])
  })
})

it('answers a provider that asks whether the door is ours', async () => {
  const { app } = startApi()
  const asked = await app.request('/webhooks/fake?challenge=123')
  expect([asked.status, await asked.text()]).toEqual([200, '123'])
  expect((await app.request('/webhooks/fake')).status).toBe(404)
  expect((await app.request('/webhooks/other?challenge=123')).status).toBe(404)
})
