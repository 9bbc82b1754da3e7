import type { Meaning } from '../provider.ts'
import { readStatus } from '../provider.ts'

/**
 * What the error codes of Vonage's Messages API mean, as data (developer.vonage.com/api-errors/messages). A status of 500
 * and above comes first: Vonage may have taken the message before it failed.
 */
const rows: readonly { readonly codes: readonly string[]; readonly meaning: Meaning }[] = [
  { codes: ['1000'], meaning: { outcome: 'unavailable', reason: 'sms_provider_busy', opensBreaker: true } },
  {
    codes: ['unauthorized', 'forbidden', 'invalid-api-key', 'jwt-expired', 'jwt-revoked', 'unprovisioned', '1080'],
    meaning: { outcome: 'unavailable', reason: 'sms_credentials', stopsChannel: true, alert: true },
  },
  {
    codes: ['1060', 'account-suspended'],
    meaning: { outcome: 'unavailable', reason: 'sms_account_suspended', stopsChannel: true, alert: true },
  },
  {
    codes: ['1070', 'low-balance', 'out-of-credit'],
    meaning: { outcome: 'unavailable', reason: 'sms_balance_used_up', stopsChannel: true, alert: true },
  },
  {
    codes: ['1120', '1420'],
    meaning: { outcome: 'rejected', reason: 'sms_sender_refused', alert: true, mayTryNext: true },
  },
  // It cannot route the number; it does not say that the number is dead.
  { codes: ['1040'], meaning: { outcome: 'rejected', reason: 'sms_route_missing', mayTryNext: true } },
  // A list of Vonage's own bars this number; the number itself may be fine.
  { codes: ['1050'], meaning: { outcome: 'rejected', reason: 'sms_number_invalid' } },
  {
    codes: ['1160'],
    meaning: { outcome: 'rejected', reason: 'sms_region_not_enabled', alert: true, mayTryNext: true },
  },
]

export function readVonageAnswer(status: number, code: string | undefined): Meaning {
  if (status >= 500) return readStatus(status, true)
  const row = code === undefined ? undefined : rows.find(({ codes }) => codes.includes(code))
  if (row) return row.meaning
  if (status === 402) return readVonageAnswer(403, 'low-balance')
  return readStatus(status, code !== undefined)
}
