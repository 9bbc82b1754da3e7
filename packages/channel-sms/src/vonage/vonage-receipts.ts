import { createHash } from 'node:crypto'
import { jwtVerify } from 'jose'
import { z } from 'zod'
import type { DeliveryTokens } from '../delivery-token.ts'
import type { Cause, ProviderReceipt, ReceiptKind } from '../receipt.ts'
import { isFailure, ranks, readAddress, readReply, unknownCause, verifyReference } from '../receipt.ts'
import { readErrorCode } from './vonage-provider.ts'

/**
 * Vonage signs with a token in the Authorization header, and the token names the hash of the body. Without the hash a
 * token that somebody saw once would vouch for any body.
 */
export async function verifyVonageSignature(request: {
  readonly signatureSecrets: readonly string[]
  readonly authorization: string | undefined
  readonly rawBody: string
}): Promise<boolean> {
  const token = /^Bearer (\S+)$/i.exec(request.authorization ?? '')?.[1]
  if (token === undefined) return false
  const bodyHash = createHash('sha256').update(request.rawBody).digest('hex')
  for (const secret of request.signatureSecrets) {
    const payload = await readPayload(token, secret)
    if (payload?.payload_hash === bodyHash) return true
  }
  return false
}

async function readPayload(token: string, secret: string) {
  try {
    const key = new TextEncoder().encode(secret)
    const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], requiredClaims: ['iat'] })
    return payload
  } catch {
    // Whatever is wrong with it, it is no signature of theirs.
    return undefined
  }
}

const kinds: Readonly<Record<string, ReceiptKind>> = {
  submitted: 'sent',
  delivered: 'delivered',
  read: 'read',
  rejected: 'failed',
  undeliverable: 'failed',
}

const causes: readonly { readonly codes: readonly string[]; readonly cause: Cause }[] = [
  { codes: ['1000'], cause: { reason: 'sms_provider_busy', isRetryWorthwhile: true } },
  { codes: ['1100', '1230'], cause: { reason: 'receipt_carrier_error', isRetryWorthwhile: true } },
  { codes: ['1180', '1220'], cause: { reason: 'receipt_handset_unreachable', isRetryWorthwhile: true } },
  // Vonage says this of roaming and barred phones too, so that nobody is suppressed for it.
  { codes: ['1170', '1190'], cause: { reason: 'receipt_number_unknown' } },
  { codes: ['1050', '1200', '1240', '1280'], cause: { reason: 'receipt_number_blocked' } },
  { codes: ['1210'], cause: { reason: 'receipt_filtered', alert: true } },
  { codes: ['1060'], cause: { reason: 'sms_account_suspended', alert: true } },
  { codes: ['1070', '1290'], cause: { reason: 'sms_balance_used_up', alert: true } },
  { codes: ['1120', '1420'], cause: { reason: 'sms_sender_refused', alert: true } },
  { codes: ['1040', '1250', '1260'], cause: { reason: 'sms_route_missing', alert: true } },
  { codes: ['1360'], cause: { reason: 'receipt_expired' } },
]

const callback = z.object({
  message_uuid: z.string().min(1),
  status: z.string().optional(),
  to: z.string().optional(),
  from: z.string().optional(),
  text: z.string().optional(),
  client_ref: z.string().optional(),
  error: z.object({ type: z.string().optional(), title: z.union([z.string(), z.number()]).optional() }).optional(),
})

/** A status or a reply, from the parsed body; undefined for what is neither. */
export function readVonageReceipt(body: unknown, tokens?: DeliveryTokens): ProviderReceipt | undefined {
  const parsed = callback.safeParse(body)
  if (!parsed.success) return undefined
  const { message_uuid: id, status, to, from, text, client_ref: reference, error } = parsed.data
  if (status === undefined) return text === undefined ? undefined : readInbound(id, text, from)
  const kind = (Object.hasOwn(kinds, status) ? kinds[status] : undefined) ?? 'other'
  // The code stands in the address of the error's page, or is its title.
  const code = readErrorCode(error?.type ?? '') ?? error?.title?.toString()
  return {
    provider: 'vonage',
    providerEventId: `${id}:${status}`,
    providerMessageId: id,
    ...verifyReference(reference, tokens),
    kind,
    rank: ranks[kind],
    ...(code !== undefined && { providerCode: code }),
    ...(isFailure(kind) && (causes.find(({ codes }) => codes.includes(code ?? ''))?.cause ?? unknownCause)),
    ...readAddress(to),
  }
}

function readInbound(id: string, text: string, from: string | undefined): ProviderReceipt {
  const kind = readReply(text)
  const suppressed = kind === 'opted_out' && ({ reason: 'sms_opted_out', suppressAddress: true } as const)
  const told = { provider: 'vonage', providerEventId: `${id}:inbound`, providerMessageId: id } as const
  return { ...told, kind, rank: ranks[kind], ...suppressed, ...readAddress(from) }
}
