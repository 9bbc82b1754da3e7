import { RECEIPTS_TOPIC } from '@carillon/contracts'
import { type ProviderReceipt, toReceiptRecord } from '@carillon/receipts'
import { z } from 'zod'
import { type Answer, answerJson, answerNotFound, answerProblem } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import type { EventToPublish } from '../ports.ts'
import { readRawBody } from '../read-body.ts'
import { definePublicRoute } from '../route.ts'
import type { WebhookCall, WebhookPorts, WebhookProvider } from './webhook-provider.ts'

// SendGrid collects up to 768 KB.
const BODY_BYTES_MAX = 1_048_576
export const providerParams = z.object({ provider: z.string() })

/** Signature first: until it is known to be genuine, nothing looks into the body. */
export const postWebhook = definePublicRoute({
  method: 'post',
  path: '/webhooks/{provider}',
  summary: 'What a provider says later of a message, or what a person wrote back',
  description:
    'Called by providers and signed by them. Answered once the receipts are durable; a repeat changes nothing.',
  params: providerParams,
  answers: {
    200: { description: 'The receipts are kept', schema: z.object({ received: z.number().int() }) },
    403: { description: 'The signature is not genuine' },
    404: { description: 'No such provider is configured' },
    408: { description: 'The body did not arrive in time' },
    413: { description: 'The body is too large' },
  },
  async handle(exchange) {
    const { webhooks } = exchange.ports
    const provider = findProvider(exchange)
    if (!webhooks || !provider) return answerNotFound('provider')
    const body = await readRawBody(exchange.request, { ...exchange.settings, bodyBytesMax: BODY_BYTES_MAX })
    if (!body.ok) return body.answer
    const { headers } = exchange.request
    const call: WebhookCall = { url: findPublicUrl(exchange, webhooks, provider), headers, rawBody: body.bytes }
    if (!(await provider.verify(call)))
      return answerProblem(403, 'signature_invalid', 'The signature is missing, or is not that of this provider.')
    return keepReceipts(exchange, webhooks, provider, await provider.read(call))
  },
})

export function findProvider({ ports, readParams }: Exchange): WebhookProvider | undefined {
  const { provider } = readParams()
  return ports.webhooks?.providers.find(({ name }) => name === provider)
}

function findPublicUrl({ request }: Exchange, { publicUrl }: WebhookPorts, { name }: WebhookProvider): string {
  if (publicUrl === undefined) return request.url
  return `${publicUrl.replace(/\/$/, '')}/${name}${new URL(request.url).search}`
}

async function keepReceipts(
  exchange: Exchange,
  webhooks: WebhookPorts,
  { answer }: WebhookProvider,
  receipts: readonly ProviderReceipt[],
): Promise<Answer> {
  const records = (await Promise.all(receipts.map((receipt) => toRecords(receipt, webhooks)))).flat()
  try {
    await Promise.all(records.map((record) => exchange.ports.publisher.publish(record)))
  } catch (error) {
    exchange.ports.observer.recordFailure('publish receipts', exchange.requestId, error)
    return answerProblem(503, 'not_accepted', 'The receipts were not confirmed; send them again.', {
      headers: { 'retry-after': '1' },
    })
  }
  if (answer) return { kind: 'text', status: 200, ...answer }
  return answerJson(200, { received: receipts.length })
}

async function toRecords(receipt: ProviderReceipt, webhooks: WebhookPorts): Promise<EventToPublish[]> {
  const { kind, address, channel, deliveryId, providerMessageId, providerEventId } = receipt
  const isWish = (kind === 'opted_out' || kind === 'opted_in') && channel !== undefined
  const writer = isWish ? address : undefined
  // What is said of one message, or asked for by one person, stays in its order.
  const key =
    writer === undefined ? (deliveryId ?? providerMessageId ?? providerEventId) : webhooks.hashAddress('', writer)
  const toEvent = (told: ProviderReceipt, hashes?: Readonly<Record<string, string>>) => ({
    ...{ topic: RECEIPTS_TOPIC, key, headers: {} },
    value: JSON.stringify(toReceiptRecord(told, hashes)),
  })
  if (writer === undefined) return [toEvent(receipt)]
  return (await hashForTenants(writer, webhooks)).map((hashes, place) =>
    toEvent(place === 0 ? receipt : { ...receipt, providerEventId: `${providerEventId}#${place + 1}` }, hashes),
  )
}

/** A record holds a megabyte, and a tenant's name and hash up to a fifth of a kilobyte. */
const TENANTS_PER_RECORD = 2_000

async function hashForTenants(address: string, { readTenantIds, hashAddress }: WebhookPorts) {
  const tenantIds = await readTenantIds()
  const count = Math.max(1, Math.ceil(tenantIds.length / TENANTS_PER_RECORD))
  return Array.from({ length: count }, (_, place) => {
    const own = tenantIds.slice(place * TENANTS_PER_RECORD, (place + 1) * TENANTS_PER_RECORD)
    return Object.fromEntries(own.map((tenantId) => [tenantId, hashAddress(tenantId, address)]))
  })
}
