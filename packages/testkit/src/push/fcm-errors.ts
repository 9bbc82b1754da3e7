import type { WrongPushAnswer } from './behaviour.ts'

export interface PushAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** FCM's own code -> the HTTP status and Google's canonical code that it comes with. */
const rows: Readonly<Record<string, { status: number; canonical: string; message: string }>> = {
  UNREGISTERED: { status: 404, canonical: 'NOT_FOUND', message: 'Requested entity was not found.' },
  INVALID_ARGUMENT: { status: 400, canonical: 'INVALID_ARGUMENT', message: 'Request contains an invalid argument.' },
  SENDER_ID_MISMATCH: { status: 403, canonical: 'PERMISSION_DENIED', message: 'SenderId mismatch' },
  QUOTA_EXCEEDED: { status: 429, canonical: 'RESOURCE_EXHAUSTED', message: 'Quota exceeded for quota metric.' },
  UNAVAILABLE: { status: 503, canonical: 'UNAVAILABLE', message: 'The service is currently unavailable.' },
  INTERNAL: { status: 500, canonical: 'INTERNAL', message: 'Internal error encountered.' },
  THIRD_PARTY_AUTH_ERROR: {
    status: 401,
    canonical: 'UNAUTHENTICATED',
    message: 'Auth error from APNS or Web Push Service',
  },
}

/** Google's own codes, which come without a word of FCM's. */
const canonicalStatuses: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  DEADLINE_EXCEEDED: 504,
}

/** An error in Google's shape. */
export function composeFcmError({ code = '', status, field, retryAfter, body }: WrongPushAnswer): PushAnswer {
  const row = rows[code]
  const headers = {
    'content-type': 'application/json; charset=UTF-8',
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
  }
  const number = status ?? row?.status ?? canonicalStatuses[code] ?? 500
  if (body !== undefined) return { status: number, headers, body }
  const details = [
    ...(row ? [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: code }] : []),
    ...(field === undefined ? [] : [composeViolation(field)]),
  ]
  const message = field === 'message.token' ? INVALID_TOKEN : (row?.message ?? 'Something went wrong.')
  const error = { code: number, message, status: row?.canonical ?? code, ...(details.length > 0 && { details }) }
  return { status: number, headers, body: JSON.stringify({ error }) }
}

const INVALID_TOKEN = 'The registration token is not a valid FCM registration token'

function composeViolation(field: string) {
  return {
    '@type': 'type.googleapis.com/google.rpc.BadRequest',
    fieldViolations: [
      { field, description: field === 'message.token' ? 'Invalid registration token' : 'Invalid value' },
    ],
  }
}
