import type { Meaning } from '../provider.ts'
import { readStatus } from '../provider.ts'

/** What the error codes of Meta's WhatsApp Cloud API mean, as data. A status of 500 and above comes first. */
const rows: readonly { readonly codes: readonly number[]; readonly meaning: Meaning }[] = [
  // Limits of our account; the pair limit is about one person and says nothing of the provider.
  {
    codes: [4, 80007, 130429, 131048],
    meaning: { outcome: 'unavailable', reason: 'sms_provider_busy', opensBreaker: true },
  },
  { codes: [131056], meaning: { outcome: 'unavailable', reason: 'sms_provider_busy' } },
  {
    codes: [131016, 131057, 133004],
    meaning: { outcome: 'unavailable', reason: 'sms_provider_unavailable', opensBreaker: true },
  },
  {
    codes: [0, 3, 10, 190, 131005, 133010],
    meaning: { outcome: 'unavailable', reason: 'sms_credentials', stopsChannel: true, alert: true },
  },
  {
    codes: [368, 131031],
    meaning: { outcome: 'unavailable', reason: 'sms_account_suspended', stopsChannel: true, alert: true },
  },
  {
    codes: [131042],
    meaning: { outcome: 'unavailable', reason: 'sms_balance_used_up', stopsChannel: true, alert: true },
  },
  {
    codes: [131047, 132000, 132001, 132005, 132007, 132012, 132015, 132016],
    meaning: { outcome: 'rejected', reason: 'whatsapp_template_refused', alert: true, mayTryNext: true },
  },
  // No account on WhatsApp, an old app, or our business blocked: the number may still get an SMS.
  { codes: [131021, 131026, 131030], meaning: { outcome: 'rejected', reason: 'whatsapp_number_unreachable' } },
  { codes: [130472, 131049], meaning: { outcome: 'rejected', reason: 'whatsapp_held_back' } },
  { codes: [131050], meaning: { outcome: 'rejected', reason: 'sms_opted_out', suppressAddress: true } },
]

/** These two say that the message was not taken, although their status is one of a failed server. */
const surelyNotTaken = [131016, 133004]

export function readMetaAnswer(status: number, code: number | undefined): Meaning {
  const isUnclear = status >= 500 && !(code !== undefined && surelyNotTaken.includes(code))
  if (isUnclear) return readStatus(status, true)
  return findMetaMeaning(code) ?? readStatus(status, code !== undefined)
}

export function findMetaMeaning(code: number | undefined): Meaning | undefined {
  return code === undefined ? undefined : rows.find(({ codes }) => codes.includes(code))?.meaning
}
