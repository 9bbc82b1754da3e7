import type { Channel } from '@carillon/contracts'
import type { RetryPolicy } from './decide-next-step.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

const MAIL_BACKOFF = { kind: 'listed', delaysMs: [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS] } as const
const QUICK_BACKOFF = { kind: 'exponential', baseMs: 2_000, maxMs: HOUR_MS } as const

/** How often a message of unknown outcome may be handed over again. */
export const MAX_RESENDS: Readonly<Record<Channel, number>> = { EMAIL: 2, SMS: 1, WHATSAPP: 1, PUSH: 3, IN_APP: 0 }

/** The defaults of docs/delivery.md; a channel's configuration may replace the backoff. */
export function retryPolicyOf(channel: Channel, resolveUnknownAfterMs: number): RetryPolicy {
  if (channel !== 'EMAIL') return { backoff: QUICK_BACKOFF, byReason: {}, resolveUnknownAfterMs }
  return {
    backoff: MAIL_BACKOFF,
    byReason: {
      smtp_greylisted: { backoff: { kind: 'listed', delaysMs: [5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS] } },
      smtp_mailbox_full: { backoff: { kind: 'listed', delaysMs: [HOUR_MS] }, maxAttempts: 2 },
    },
    resolveUnknownAfterMs,
  }
}
