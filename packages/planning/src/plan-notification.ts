import { type LadderStep, laneOf, type NotificationEvent, type StopOn } from '@carillon/contracts'
import { decideCollapse } from './decide-collapse.ts'
import { decideContent } from './decide-content.ts'
import { decideExpiry } from './decide-expiry.ts'
import { decideLadder, isLadder } from './decide-ladder.ts'
import { decideRungs } from './decide-rungs.ts'
import { decideStrategy } from './decide-strategy.ts'
import { placeRungs } from './place-rungs.ts'
import type { Decision, Plan, PlanInput, PlannedNotification, RecipientFacts } from './plan.ts'

/**
 * One event for one recipient, decided. Pure and total: no clock, no database, the same answer for the same input, so
 * that it can be replayed, simulated and explained. Who (1) was decided before; all else is decided here, in this order.
 */
export function planNotification(input: PlanInput): Plan {
  const { event, category, recipient } = input
  const decisions: Decision[] = [decideContent(input.content)]
  const { strategy, code } = decideStrategy(event)
  decisions.push({ channel: null, step: null, code })
  const isEscalation = strategy === 'ESCALATION'
  const ladder = isEscalation ? decideLadder(input, decisions) : passOverLadder(event, decisions)
  const expiresAt = decideExpiry(input, ladder, decisions)
  const stopOn: StopOn | null = isEscalation ? (event.stopOn ?? 'READ') : null
  const rungs = decideRungs(event, category, ladder)
  const deliveries = placeRungs(rungs, { input, stopOn, expiresAt, decisions })
  const collapse = decideCollapse(event)
  if (collapse) decisions.push(collapse)
  const notification: PlannedNotification = {
    category: category.code,
    priority: event.notificationPriority,
    strategy,
    lane: laneOf(event.notificationPriority),
    ladder,
    stopOn,
    inInbox: deliveries.some(({ channel, status }) => channel === 'IN_APP' && status === 'DELIVERED'),
    locale: recipient.inline?.locale ?? recipient.user?.locale ?? input.tenant.locale,
    contact: contactOf(recipient),
    expiresAt,
  }
  return { notification, deliveries, decisions }
}

function passOverLadder({ ladder }: NotificationEvent, decisions: Decision[]): readonly LadderStep[] | null {
  if (isLadder(ladder)) decisions.push({ channel: null, step: null, code: 'ladder_unused' })
  return null
}

/** Only what the event itself brought: what is stored of a user is read again when sending. */
function contactOf({ inline }: RecipientFacts): PlannedNotification['contact'] {
  if (!inline?.email && !inline?.phone) return null
  return { ...(inline.email && { email: inline.email }), ...(inline.phone && { phone: inline.phone }) }
}
