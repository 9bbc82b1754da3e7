import { z } from 'zod'
import type { Meaning } from '../device-answer.ts'
import type { PushReason } from '../reasons.ts'

/**
 * What an answer of FCM means, as data: the first row that fits decides. FCM's own error code comes before Google's
 * canonical one, which many different errors share.
 */
interface Row {
  readonly when: {
    readonly code?: string
    readonly canonical?: string
    readonly status?: RegExp
    /** The fault is in the token, not in the message. */
    readonly isTokenFault?: true
  }
  readonly meaning: Meaning
}

type More = Omit<Meaning, 'outcome' | 'reason'>
const row = (outcome: Meaning['outcome'], reason: PushReason, when: Row['when'], more: More = {}): Row => ({
  when,
  meaning: { outcome, reason, ...more },
})
const aboutUs = { stopsChannel: true, alert: true, notHandedOver: true } as const

const rows: readonly Row[] = [
  row('dead', 'push_token_unregistered', { code: 'UNREGISTERED' }),
  row('dead', 'push_token_invalid', { code: 'INVALID_ARGUMENT', isTokenFault: true }),
  row('dead', 'push_token_invalid', { canonical: 'INVALID_ARGUMENT', isTokenFault: true }),
  row('dead', 'push_sender_mismatch', { code: 'SENDER_ID_MISMATCH' }, { alert: true }),
  row('refused', 'push_message_invalid', { code: 'INVALID_ARGUMENT' }, { alert: true }),
  row('refused', 'push_message_invalid', { canonical: 'INVALID_ARGUMENT' }, { alert: true }),
  row('unavailable', 'push_quota_exceeded', { code: 'QUOTA_EXCEEDED' }, { opensBreaker: true }),
  row('unavailable', 'push_service_unavailable', { code: 'UNAVAILABLE' }, { opensBreaker: true }),
  row('unavailable', 'push_service_unavailable', { code: 'INTERNAL' }, { opensBreaker: true }),
  row(
    'unavailable',
    'push_platform_credentials',
    { code: 'THIRD_PARTY_AUTH_ERROR' },
    { stopsPlatform: true, alert: true, notHandedOver: true },
  ),

  // Without a word of FCM's: the request as a whole, so our account. A project that is not there answers 404 like a token
  // that is not there, and must not delete everybody's tokens.
  row('unavailable', 'push_credentials', { status: /^(401|403|404)$/ }, aboutUs),
  row('unavailable', 'push_quota_exceeded', { status: /^429$/ }, { opensBreaker: true }),
  row('unavailable', 'push_service_unavailable', { status: /^503$/ }, { opensBreaker: true }),
  row('unavailable', 'push_service_unavailable', { canonical: 'INTERNAL' }, { opensBreaker: true }),
  row('refused', 'push_too_big', { status: /^413$/ }, { alert: true }),

  // Something between us and FCM gave up on an answer; what FCM did is not known.
  row('unknown', 'push_answer_unclear', { status: /^(408|5..)$/ }),
]

/** An unknown code is permanent for this message and removes nobody. */
const unknownCode: Meaning = { outcome: 'refused', reason: 'push_refused' }

export function classifyFcmAnswer(status: number, body: string): { meaning: Meaning; error: string } {
  const { code, canonical, message, isTokenFault } = readError(body)
  const found = rows.find(
    ({ when }) =>
      (when.code === undefined || when.code === code) &&
      (when.canonical === undefined || (code === undefined && when.canonical === canonical)) &&
      (when.status === undefined || (code === undefined && when.status.test(String(status)))) &&
      (when.isTokenFault === undefined || isTokenFault),
  )
  const error = [String(status), code ?? canonical, message].filter(Boolean).join(' ')
  return { meaning: found?.meaning ?? unknownCode, error }
}

const errorSchema = z.object({
  error: z.object({
    message: z.string().catch(''),
    status: z.string().optional().catch(undefined),
    details: z
      .array(
        z.object({
          '@type': z.string().catch(''),
          errorCode: z.string().optional().catch(undefined),
          fieldViolations: z
            .array(z.object({ field: z.string().catch('') }))
            .optional()
            .catch(undefined),
        }),
      )
      .catch([]),
  }),
})

function readError(body: string) {
  const parsed = errorSchema.safeParse(parseJson(body))
  if (!parsed.success) return { message: '', isTokenFault: false }
  const { message, status: canonical, details } = parsed.data.error
  const code = details.find((detail) => detail['@type'].endsWith('FcmError'))?.errorCode
  const fields = details.flatMap(({ fieldViolations = [] }) => fieldViolations.map(({ field }) => field))
  // Newer answers name the field; older ones only say it.
  const isTokenFault = fields.length > 0 ? fields.includes('message.token') : /registration token/i.test(message)
  return { code, canonical, message, isTokenFault }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
