import type { Channel, Priority } from '@carillon/contracts'
import type { DecisionCode } from './decision-codes.ts'
import type { CategoryFacts, Decision, RecipientFacts, TenantFacts } from './plan.ts'
import { findQuietEnd, parseQuietWindow } from './quiet-hours.ts'
import { isTimeZone } from './time-zone.ts'

export interface WhenInput {
  readonly channel: Channel
  readonly priority: Priority
  readonly user: Pick<NonNullable<RecipientFacts['user']>, 'timeZone' | 'preferences'> | undefined
  readonly category: Pick<CategoryFacts, 'mandatoryChannels'>
  readonly tenant: Pick<TenantFacts, 'timeZone' | 'preferences'>
  readonly expiresAt: Date
  readonly now: Date
}

export type When =
  | { readonly kind: 'now'; readonly passed: DecisionCode | null; readonly zone: readonly Decision[] }
  | { readonly kind: 'held'; readonly until: Date; readonly detail: string; readonly zone: readonly Decision[] }
  | { readonly kind: 'expired'; readonly detail: string; readonly zone: readonly Decision[] }

const NO_DECISIONS: readonly Decision[] = []
const NOW: When = { kind: 'now', passed: null, zone: NO_DECISIONS }

/** Mail and the inbox wait in silence until somebody looks; these ring, buzz or light up a screen. */
const NOISY_CHANNELS: ReadonlySet<Channel> = new Set<Channel>(['SMS', 'PUSH', 'WHATSAPP'])

/**
 * When (5): a channel that makes noise is held to the end of the person's quiet hours, never dropped. Asked at planning,
 * and by the clock again when a step fires or a retry comes; asked at `until`, it answers `now`.
 */
export function decideWhen(input: WhenInput): When {
  const quietHours = quietHoursOf(input)
  if (!quietHours || !NOISY_CHANNELS.has(input.channel)) return NOW
  const window = parseQuietWindow(quietHours.start, quietHours.end)
  if (!window) return { kind: 'now', passed: null, zone: [about('quiet_hours_unreadable')] }
  const { timeZone, decisions: zone } = chooseTimeZone(
    [quietHours.timeZone, input.user?.timeZone],
    input.tenant.timeZone,
  )
  const endMs = findQuietEnd(input.now.getTime(), window, timeZone)
  if (endMs === undefined) return { kind: 'now', passed: null, zone }
  if (input.priority === 'CRITICAL') return { kind: 'now', passed: 'quiet_hours_passed_critical', zone }
  if (input.category.mandatoryChannels.includes(input.channel))
    return { kind: 'now', passed: 'quiet_hours_passed_mandatory', zone }
  const detail = `${quietHours.start} to ${quietHours.end}, ${timeZone}`
  if (endMs >= input.expiresAt.getTime()) return { kind: 'expired', detail, zone }
  return { kind: 'held', until: new Date(endMs), detail, zone }
}

/** A person's own word counts, `null` (none) too; the tenant's is for people who said nothing. */
function quietHoursOf({ user, tenant }: WhenInput) {
  const own = user?.preferences?.quietHours
  return own === undefined ? tenant.preferences?.quietHours : own
}

export function chooseTimeZone(
  own: readonly (string | null | undefined)[],
  ofTenant: string | null,
): { readonly timeZone: string; readonly decisions: readonly Decision[] } {
  const decisions: Decision[] = []
  const isUsable = (name: string | null | undefined): name is string => {
    if (!name) return false
    const isKnown = isTimeZone(name)
    if (!isKnown) decisions.push({ ...about('time_zone_unknown'), detail: String(name) })
    return isKnown
  }
  const chosen = own.find(isUsable)
  if (chosen !== undefined) return { timeZone: chosen, decisions }
  if (isUsable(ofTenant)) return { timeZone: ofTenant, decisions: [...decisions, about('time_zone_of_tenant')] }
  return { timeZone: 'UTC', decisions: [...decisions, about('time_zone_utc')] }
}

function about(code: DecisionCode): Decision {
  return { channel: null, step: null, code }
}
