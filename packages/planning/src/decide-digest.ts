import type { Channel } from '@carillon/contracts'
import { chooseTimeZone } from './decide-when.ts'
import type { DecisionCode } from './decision-codes.ts'
import type { CategoryDigest, Decision, DigestWindow, PlanInput } from './plan.ts'
import { findQuietEnd, parseQuietWindow } from './quiet-hours.ts'

export type Digesting =
  | { readonly kind: 'alone'; readonly passed: DecisionCode | null; readonly zone: readonly Decision[] }
  | {
      readonly kind: 'collected'
      readonly window: DigestWindow
      readonly detail: string
      readonly zone: readonly Decision[]
    }

const NO_DECISIONS: readonly Decision[] = []
const ALONE: Digesting = { kind: 'alone', passed: null, zone: NO_DECISIONS }
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/**
 * Together (9): which digest a message is a part of. The window is a function of the moment and of what is stored, never
 * of what is there already, so whoever plans names the same one. A message that cannot wait for it goes alone.
 */
export function decideDigest(
  channel: Channel,
  { event, category, recipient, tenant, now }: Pick<PlanInput, 'event' | 'category' | 'recipient' | 'tenant' | 'now'>,
  expiresAt: Date,
): Digesting {
  const { digest } = category
  if (!digest?.channels.includes(channel) || category.mandatoryChannels.includes(channel)) return ALONE
  if (event.notificationPriority === 'CRITICAL') return alone('digest_passed_critical')
  // A digest is sent to what is stored of a person; an address in the event stands with that one notification.
  if (recipient.inline?.email || recipient.inline?.phone) return alone('digest_passed_guest')
  const found = findWindow(digest, { recipient, tenant, now })
  if (!found) return alone('digest_unreadable')
  if (found.endsAt >= expiresAt) return alone('digest_outlives_expiry', found.zone)
  const { endsAt, windowMs, zone } = found
  return { kind: 'collected', window: { endsAt, windowMs, max: digest.max }, detail: endsAt.toISOString(), zone }
}

function alone(passed: DecisionCode, zone: readonly Decision[] = NO_DECISIONS): Digesting {
  return { kind: 'alone', passed, zone }
}

interface FoundWindow extends Omit<DigestWindow, 'max'> {
  readonly zone: readonly Decision[]
}

function findWindow(
  { everySeconds, at }: CategoryDigest,
  { recipient, tenant, now }: Pick<PlanInput, 'recipient' | 'tenant' | 'now'>,
): FoundWindow | undefined {
  if (at !== undefined) return findTimeOfDay(at, { recipient, tenant, now })
  if (everySeconds === undefined || !(everySeconds > 0)) return undefined
  const windowMs = everySeconds * 1_000
  const endsAt = new Date((Math.floor(now.getTime() / windowMs) + 1) * windowMs)
  return { endsAt, windowMs, zone: NO_DECISIONS }
}

/** The end of a quiet that lasts from the minute after `at` to `at`; within that minute, of tomorrow's. */
function findTimeOfDay(
  at: string,
  { recipient: { user }, tenant, now }: Pick<PlanInput, 'recipient' | 'tenant' | 'now'>,
): FoundWindow | undefined {
  const end = parseQuietWindow(at, at)
  if (!end) return undefined
  const { timeZone, decisions } = chooseTimeZone(
    [user?.preferences?.quietHours?.timeZone, user?.timeZone],
    tenant.timeZone,
  )
  const waiting = { startMinute: (end.endMinute + 1) % 1_440, endMinute: end.endMinute }
  const nowMs = now.getTime()
  const endMs = findQuietEnd(nowMs, waiting, timeZone) ?? findQuietEnd(nowMs + MINUTE_MS, waiting, timeZone)
  return endMs === undefined ? undefined : { endsAt: new Date(endMs), windowMs: DAY_MS, zone: decisions }
}
