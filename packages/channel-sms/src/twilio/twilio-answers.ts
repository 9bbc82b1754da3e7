import type { Meaning } from '../provider.ts'
import { readStatus } from '../provider.ts'

/**
 * What Twilio's error codes mean, as data. A status of 500 and above comes first, whatever code stands beside it: Twilio
 * may have taken the message before it failed.
 */
const rows: readonly { readonly codes: readonly number[]; readonly meaning: Meaning }[] = [
  // 429 is never processed; 21611 is the same for the queue of one sender.
  { codes: [20429, 21611], meaning: { outcome: 'unavailable', reason: 'sms_provider_busy', opensBreaker: true } },
  {
    codes: [20003, 20404],
    meaning: { outcome: 'unavailable', reason: 'sms_credentials', stopsChannel: true, alert: true },
  },
  {
    codes: [20005, 30002],
    meaning: { outcome: 'unavailable', reason: 'sms_account_suspended', stopsChannel: true, alert: true },
  },
  {
    codes: [21211, 21214, 21217, 21614],
    meaning: { outcome: 'rejected', reason: 'sms_number_invalid', suppressAddress: true },
  },
  { codes: [21610], meaning: { outcome: 'rejected', reason: 'sms_opted_out', suppressAddress: true } },
  {
    codes: [21408],
    meaning: { outcome: 'rejected', reason: 'sms_region_not_enabled', alert: true, mayTryNext: true },
  },
  { codes: [21606], meaning: { outcome: 'rejected', reason: 'sms_sender_refused', alert: true, mayTryNext: true } },
  { codes: [21612], meaning: { outcome: 'rejected', reason: 'sms_route_missing', alert: true, mayTryNext: true } },
  {
    codes: [30034],
    meaning: { outcome: 'rejected', reason: 'sms_sender_unregistered', alert: true, mayTryNext: true },
  },
  { codes: [21655, 21656], meaning: { outcome: 'rejected', reason: 'whatsapp_template_refused', alert: true } },
]

export function readTwilioAnswer(status: number, code: number | undefined): Meaning {
  if (status >= 500) return readStatus(status, true)
  const row = code === undefined ? undefined : rows.find(({ codes }) => codes.includes(code))
  return row?.meaning ?? readStatus(status, code !== undefined)
}
