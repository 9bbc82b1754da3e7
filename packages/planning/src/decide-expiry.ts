import type { LadderStep } from '@carillon/contracts'
import type { Decision, PlanInput } from './plan.ts'

/**
 * Until when it is worth sending: the event says, else the category, else the default. Only the default counts from a
 * ladder's last step when that comes later: it is there to end what nobody thought of, not to cut off a ladder.
 */
export function decideExpiry(
  { event, category, policy, now }: Pick<PlanInput, 'event' | 'category' | 'policy' | 'now'>,
  ladder: readonly LadderStep[] | null,
  decisions: Decision[],
): Date {
  if (event.expiresAt) {
    const named = new Date(event.expiresAt)
    if (!Number.isNaN(named.getTime())) return named
    decisions.push({ channel: null, step: null, code: 'expiry_unreadable' })
  }
  const lastStepSeconds = ladder?.at(-1)?.afterSeconds ?? 0
  const defaultSeconds =
    policy.usefulSecondsDefault + (lastStepSeconds < policy.usefulSecondsDefault ? 0 : lastStepSeconds)
  return new Date(now.getTime() + (category.usefulSeconds ?? defaultSeconds) * 1_000)
}
