import type { Meaning } from '../device-answer.ts'
import type { PushReason } from '../reasons.ts'

/** What a push service's status means (RFC 8030, RFC 8292), as data: the first row that fits decides. */
type More = Omit<Meaning, 'outcome' | 'reason'>
const row = (status: RegExp, outcome: Meaning['outcome'], reason: PushReason, more: More = {}) => ({
  status,
  meaning: { outcome, reason, ...more } satisfies Meaning,
})

const rows: readonly { readonly status: RegExp; readonly meaning: Meaning }[] = [
  row(/^(404|410)$/, 'dead', 'push_subscription_gone'),
  row(/^413$/, 'refused', 'push_too_big', { alert: true }),
  row(/^429$/, 'unavailable', 'push_quota_exceeded'),
  // Our key pair, which all subscriptions were made for; a wrong one must not delete them all.
  row(/^40[13]$/, 'unavailable', 'push_platform_credentials', {
    stopsPlatform: true,
    alert: true,
    notHandedOver: true,
  }),
  row(/^400$/, 'refused', 'push_message_invalid', { alert: true }),
  // Something in front of the push service gave up on an answer.
  row(/^(408|502|504)$/, 'unknown', 'push_answer_unclear'),
  row(/^5..$/, 'unavailable', 'push_service_unavailable'),
]

/** An unknown status is permanent for this message and removes nobody. */
const unknownStatus: Meaning = { outcome: 'refused', reason: 'push_refused' }

export function classifyWebPushStatus(status: number): Meaning | 'accepted' {
  if (status >= 200 && status < 300) return 'accepted'
  return rows.find((one) => one.status.test(String(status)))?.meaning ?? unknownStatus
}
