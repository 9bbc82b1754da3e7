import { validateRequest } from 'twilio/lib/webhooks/webhooks.js'
import type { DeliveryTokens } from '../delivery-token.ts'
import { readToken } from '../delivery-token.ts'
import type { Cause, ProviderReceipt, ReceiptKind } from '../receipt.ts'
import { isFailure, ranks, readAddress, readReply, unknownCause } from '../receipt.ts'

/** `url` is the public one that Twilio was told, never the one that a proxy made of it. */
export interface TwilioSignature {
  readonly authTokens: readonly string[]
  readonly signature: string | undefined
  readonly url: string
  readonly params: Readonly<Record<string, string>>
}

/** By Twilio's own module; of the SDK only this part is loaded. Several tokens, for the time of a rotation. */
export function verifyTwilioSignature({ authTokens, signature, url, params }: TwilioSignature): boolean {
  if (!signature) return false
  return authTokens.some((token) => validateRequest(token, signature, url, { ...params }))
}

const kinds: Readonly<Record<string, ReceiptKind>> = {
  scheduled: 'accepted',
  accepted: 'accepted',
  queued: 'queued',
  sending: 'sending',
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  undelivered: 'undelivered',
  failed: 'failed',
  canceled: 'failed',
}

const causes: readonly { readonly codes: readonly number[]; readonly cause: Cause }[] = [
  { codes: [30003], cause: { reason: 'receipt_handset_unreachable', isRetryWorthwhile: true } },
  { codes: [30008], cause: { reason: 'receipt_carrier_error', isRetryWorthwhile: true } },
  { codes: [30001, 63018], cause: { reason: 'sms_provider_busy', isRetryWorthwhile: true } },
  { codes: [30002], cause: { reason: 'sms_account_suspended', alert: true } },
  { codes: [30004], cause: { reason: 'receipt_number_blocked' } },
  { codes: [30005], cause: { reason: 'receipt_number_unknown', suppressAddress: true } },
  { codes: [30006], cause: { reason: 'receipt_landline', suppressAddress: true } },
  { codes: [30007], cause: { reason: 'receipt_filtered', alert: true } },
  { codes: [30034], cause: { reason: 'sms_sender_unregistered', alert: true } },
  { codes: [30036], cause: { reason: 'receipt_expired' } },
  { codes: [21610], cause: { reason: 'sms_opted_out', suppressAddress: true } },
  { codes: [63003, 63024], cause: { reason: 'whatsapp_number_unreachable' } },
  { codes: [63016, 63027], cause: { reason: 'whatsapp_template_refused', alert: true } },
  { codes: [63032, 63049], cause: { reason: 'whatsapp_held_back' } },
]

export interface TwilioCallback {
  readonly params: Readonly<Record<string, string>>
  /** As it was called, with our token in its query. */
  readonly url: string
  readonly tokens?: DeliveryTokens
}

/** A status callback or a reply; undefined for what is neither. */
export function readTwilioReceipt({ params, url, tokens }: TwilioCallback): ProviderReceipt | undefined {
  const { MessageSid: sid = params.SmsSid, MessageStatus: status = params.SmsStatus, ErrorCode: code } = params
  if (!sid) return undefined
  if (status === 'received' || (status === undefined && params.Body !== undefined)) return readInbound(sid, params)
  if (status === undefined) return undefined
  const kind = (Object.hasOwn(kinds, status) ? kinds[status] : undefined) ?? 'other'
  return {
    provider: 'twilio',
    providerEventId: [sid, status, code].filter(Boolean).join(':'),
    providerMessageId: sid,
    ...(tokens && readToken(url, tokens)),
    kind,
    rank: ranks[kind],
    ...(code && { providerCode: code }),
    ...(isFailure(kind) && findCause(Number(code))),
    ...readAddress(params.To),
  }
}

function readInbound(sid: string, params: Readonly<Record<string, string>>): ProviderReceipt {
  // With its own list of words in other languages, Twilio says itself what a reply meant.
  const kind = readReply(params.OptOutType ?? params.Body ?? '')
  const suppressed = kind === 'opted_out' && ({ reason: 'sms_opted_out', suppressAddress: true } as const)
  const told = { provider: 'twilio', providerEventId: `${sid}:received`, providerMessageId: sid } as const
  return { ...told, kind, rank: ranks[kind], ...suppressed, ...readAddress(params.From) }
}

function findCause(code: number): Cause {
  return causes.find(({ codes }) => codes.includes(code))?.cause ?? unknownCause
}
