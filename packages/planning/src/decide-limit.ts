import type { Channel } from '@carillon/contracts'
import type { DecisionCode } from './decision-codes.ts'
import type { PlanInput } from './plan.ts'

export type LimitChoice = { readonly isOver: false; readonly passed: DecisionCode | null } | { readonly isOver: true }

const WITHIN: LimitChoice = { isOver: false, passed: null }
const PASSED_CRITICAL: LimitChoice = { isOver: false, passed: 'limit_passed_critical' }
const PASSED_MANDATORY: LimitChoice = { isOver: false, passed: 'limit_passed_mandatory' }
const OVER: LimitChoice = { isOver: true }

/**
 * How much (6): over the person's hourly limit only the inbox is left. CRITICAL passes: a flood of lesser messages must
 * not silence an alarm. The rates of channels, providers and numbers are kept where the sending is.
 */
export function decideLimit(
  channel: Channel,
  { event, category, sentLastHour, policy }: Pick<PlanInput, 'event' | 'category' | 'sentLastHour' | 'policy'>,
): LimitChoice {
  if (!isOverLimit(sentLastHour, policy.perUserHourlyMax) || channel === 'IN_APP') return WITHIN
  if (event.notificationPriority === 'CRITICAL') return PASSED_CRITICAL
  return category.mandatoryChannels.includes(channel) ? PASSED_MANDATORY : OVER
}

function isOverLimit(sentLastHour: number, perUserHourlyMax: number): boolean {
  return sentLastHour >= perUserHourlyMax
}
