import type { Channel, Preferences, Priority } from '@carillon/contracts'
import { type Decision, type DecisionCode, decidePreference, decideWhen } from '@carillon/planning'

/** A delivery whose time has come, with what decides at this moment. Whether it was stopped, the statement knows. */
export interface DueDelivery {
  readonly id: string
  readonly channel: Channel
  readonly step: number
  readonly priority: Priority
  readonly expiresAt: Date
  readonly user: { readonly timeZone: string | null; readonly preferences: Preferences } | undefined
  readonly category: {
    readonly code: string
    readonly mandatoryChannels: readonly Channel[]
    readonly preferences: Preferences | null
  }
  readonly tenant: { readonly timeZone: string | null; readonly preferences: Preferences | null }
}

export interface DueVerdict {
  readonly status: 'PENDING' | 'SCHEDULED' | 'SUPPRESSED' | 'EXPIRED'
  /** When it is due again, for SCHEDULED. */
  readonly until: Date | null
  readonly reason: DecisionCode | null
  /** What is worth explaining later; empty for a delivery that simply goes out. */
  readonly decisions: readonly Decision[]
}

/**
 * Asks again what planning asked, by the preferences and the hour of this moment: the person may have moved, switched
 * the channel off or gone to bed since. Addresses, devices and opt-outs are read by the worker when it sends.
 */
export function judgeDue(due: DueDelivery, now: Date): DueVerdict {
  // The inbox takes no wake-up: its row is delivered where it stands.
  if (due.channel === 'IN_APP') return { status: 'PENDING', until: null, reason: null, decisions: [] }
  const refused = refusePreference(due)
  if (refused) return { status: 'SUPPRESSED', until: null, reason: refused.code, decisions: [refused] }
  const when = decideWhen({ ...due, now })
  if (when.kind === 'held') {
    const held = about(due, 'quiet_hours', when.detail)
    return { status: 'SCHEDULED', until: when.until, reason: held.code, decisions: [...when.zone, held] }
  }
  if (when.kind === 'expired') {
    const expired = about(due, 'quiet_hours_outlive_expiry', when.detail)
    return { status: 'EXPIRED', until: null, reason: expired.code, decisions: [...when.zone, expired] }
  }
  const decisions = when.passed ? [...when.zone, about(due, when.passed)] : []
  return { status: 'PENDING', until: null, reason: null, decisions }
}

function refusePreference(due: DueDelivery): Decision | undefined {
  const { channel, user, category, tenant } = due
  if (category.mandatoryChannels.includes(channel)) return undefined
  const { isOn, decidedBy } = decidePreference({
    channel,
    category: category.code,
    person: user?.preferences ?? null,
    categoryDefaults: category.preferences,
    tenantDefaults: tenant.preferences,
  })
  return isOn ? undefined : about(due, 'preference_off', decidedBy)
}

function about({ channel, step }: DueDelivery, code: DecisionCode, detail?: string): Decision {
  return detail === undefined ? { channel, step, code } : { channel, step, code, detail }
}
