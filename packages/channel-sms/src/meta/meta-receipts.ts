import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { DeliveryTokens } from '../delivery-token.ts'
import type { Cause, ProviderReceipt, ReceiptKind } from '../receipt.ts'
import { isFailure, ranks, readAddress, readReply, unknownCause, verifyReference } from '../receipt.ts'
import { findMetaMeaning } from './meta-answers.ts'

/** Over the body byte by byte: parsed and written again it would be another one. */
export function verifyMetaSignature(request: {
  readonly appSecrets: readonly string[]
  readonly signature: string | undefined
  readonly rawBody: string
}): boolean {
  const given = /^sha256=([0-9a-f]{64})$/.exec(request.signature ?? '')?.[1]
  if (given === undefined) return false
  return request.appSecrets.some((secret) => {
    const expected = createHmac('sha256', secret).update(request.rawBody).digest('hex')
    return timingSafeEqual(Buffer.from(given), Buffer.from(expected))
  })
}

/** What Meta wants back when a webhook is set up; undefined when it is not our word that it brings. */
export function answerMetaChallenge(query: URLSearchParams, verifyToken: string): string | undefined {
  const isOurs = query.get('hub.mode') === 'subscribe' && query.get('hub.verify_token') === verifyToken
  return isOurs ? (query.get('hub.challenge') ?? undefined) : undefined
}

const kinds: Readonly<Record<string, ReceiptKind>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  failed: 'failed',
}

const status = z.object({
  id: z.string().min(1),
  status: z.string(),
  recipient_id: z.string().optional(),
  biz_opaque_callback_data: z.string().optional(),
  errors: z.array(z.object({ code: z.number() })).optional(),
})
const inbound = z.object({
  id: z.string().min(1),
  from: z.string(),
  text: z.object({ body: z.string() }).optional(),
})
const webhook = z.object({
  object: z.literal('whatsapp_business_account'),
  entry: z.array(
    z.object({
      changes: z.array(
        z.object({
          value: z.object({ statuses: z.array(z.unknown()).optional(), messages: z.array(z.unknown()).optional() }),
        }),
      ),
    }),
  ),
})

/** One webhook carries many; what cannot be read among them is left out and takes none of the others with it. */
export function readMetaReceipts(body: unknown, tokens?: DeliveryTokens): ProviderReceipt[] {
  const parsed = webhook.safeParse(body)
  if (!parsed.success) return []
  const values = parsed.data.entry.flatMap(({ changes }) => changes.map(({ value }) => value))
  return values.flatMap(({ statuses = [], messages = [] }) => [
    ...statuses.flatMap((one) => readStatusOf(one, tokens)),
    ...messages.flatMap(readInbound),
  ])
}

function readStatusOf(one: unknown, tokens: DeliveryTokens | undefined): ProviderReceipt[] {
  const parsed = status.safeParse(one)
  if (!parsed.success) return []
  const { id, status: word, recipient_id: recipient, biz_opaque_callback_data: reference, errors } = parsed.data
  const kind = (Object.hasOwn(kinds, word) ? kinds[word] : undefined) ?? 'other'
  const code = errors?.[0]?.code
  const receipt: ProviderReceipt = {
    provider: 'meta',
    providerEventId: `${id}:${word}`,
    providerMessageId: id,
    ...verifyReference(reference, tokens),
    kind,
    rank: ranks[kind],
    ...(code !== undefined && { providerCode: String(code) }),
    ...(isFailure(kind) && findCause(code)),
    ...readAddress(recipient),
  }
  return [receipt]
}

/** The same codes as in an answer; what was temporary there is worth one more try here. */
function findCause(code: number | undefined): Cause {
  const meaning = findMetaMeaning(code)
  if (!meaning) return unknownCause
  const { outcome, reason, suppressAddress, alert, stopsChannel } = meaning
  return {
    reason,
    ...(outcome === 'unavailable' && !stopsChannel && { isRetryWorthwhile: true }),
    ...(suppressAddress && { suppressAddress }),
    ...(alert && { alert }),
  }
}

function readInbound(one: unknown): ProviderReceipt[] {
  const parsed = inbound.safeParse(one)
  if (!parsed.success) return []
  const { id, from, text } = parsed.data
  const kind = readReply(text?.body ?? '')
  const suppressed = kind === 'opted_out' && ({ reason: 'sms_opted_out', suppressAddress: true } as const)
  const told = { provider: 'meta', providerEventId: `${id}:inbound`, providerMessageId: id } as const
  return [{ ...told, kind, rank: ranks[kind], ...suppressed, ...readAddress(from) }]
}
