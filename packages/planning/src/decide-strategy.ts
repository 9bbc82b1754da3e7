import type { NotificationEvent, Strategy } from '@carillon/contracts'
import type { DecisionCode } from './decision-codes.ts'

export interface StrategyChoice {
  readonly strategy: Strategy
  readonly code: DecisionCode
}

const CRITICAL: StrategyChoice = { strategy: 'BROADCAST', code: 'strategy_critical' }
const ASKED_BROADCAST: StrategyChoice = { strategy: 'BROADCAST', code: 'strategy_asked' }
const ASKED_ESCALATION: StrategyChoice = { strategy: 'ESCALATION', code: 'strategy_asked' }
const BY_LADDER: StrategyChoice = { strategy: 'ESCALATION', code: 'strategy_by_ladder' }
const DEFAULT_BROADCAST: StrategyChoice = { strategy: 'BROADCAST', code: 'strategy_by_priority' }
const DEFAULT_ESCALATION: StrategyChoice = { strategy: 'ESCALATION', code: 'strategy_by_priority' }

/** Which strategy (3). A ladder in the event asks for ESCALATION: sent all at once, its times would mean nothing. */
export function decideStrategy(
  event: Pick<NotificationEvent, 'notificationPriority' | 'deliveryStrategy' | 'ladder'>,
): StrategyChoice {
  if (event.notificationPriority === 'CRITICAL') return CRITICAL
  if (event.deliveryStrategy === 'BROADCAST') return ASKED_BROADCAST
  if (event.deliveryStrategy === 'ESCALATION') return ASKED_ESCALATION
  if (event.ladder) return BY_LADDER
  return event.notificationPriority === 'LOW' ? DEFAULT_ESCALATION : DEFAULT_BROADCAST
}
