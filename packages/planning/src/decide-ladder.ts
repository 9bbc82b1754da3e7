import { CHANNELS, type Channel, type LadderStep } from '@carillon/contracts'
import type { Decision, LadderNames, PlanInput } from './plan.ts'

const STEPS_MAX = 10
const AFTER_SECONDS_MAX = 31_536_000
const SMS_AFTER_SECONDS = 600
const EMAIL_AFTER_SECONDS = 2_400

/**
 * The ladder (7): the event's, the category's, the tenant's, else the default; only channels that were asked for. What
 * comes out is frozen on the notification, in order of time, and a delivery's `step` is its place in it.
 */
export function decideLadder(
  { event, category, tenant, ladderNames = {} }: Pick<PlanInput, 'event' | 'category' | 'tenant' | 'ladderNames'>,
  decisions: Decision[],
): readonly LadderStep[] {
  const named =
    readLadder(event.ladder, 'ladder_of_event', ladderNames, decisions) ??
    readLadder(category.ladder, 'ladder_of_category', ladderNames, decisions) ??
    readLadder(tenant.ladder, 'ladder_of_tenant', ladderNames, decisions)
  if (!named) {
    decisions.push({ channel: null, step: null, code: 'ladder_default' })
    return keepAsked(defaultLadder(event.channels), event.channels)
  }
  for (const { channel } of named)
    if (event.channels && !event.channels.includes(channel)) decisions.push({ channel, step: null, code: 'not_asked' })
  const ladder = keepAsked(named, event.channels)
  return ladder.toSorted((a, b) => a.afterSeconds - b.afterSeconds)
}

/** PUSH and WHATSAPP stand on the default ladder only for events that name them: not everybody pays for all channels. */
function defaultLadder(asked: readonly Channel[] | undefined): readonly LadderStep[] {
  const steps: LadderStep[] = [{ channel: 'IN_APP', afterSeconds: 0 }]
  if (asked?.includes('PUSH')) steps.push({ channel: 'PUSH', afterSeconds: 0 })
  steps.push({ channel: 'SMS', afterSeconds: SMS_AFTER_SECONDS })
  if (asked?.includes('WHATSAPP')) steps.push({ channel: 'WHATSAPP', afterSeconds: SMS_AFTER_SECONDS })
  steps.push({ channel: 'EMAIL', afterSeconds: EMAIL_AFTER_SECONDS })
  return steps
}

function keepAsked(ladder: readonly LadderStep[], asked: readonly Channel[] | undefined): readonly LadderStep[] {
  return asked ? ladder.filter(({ channel }) => asked.includes(channel)) : ladder
}

/** Stored ladders were checked when they were saved; a row that was edited by hand must not stop the router. */
function readLadder(
  ladder: readonly LadderStep[] | null | undefined,
  code: keyof LadderNames,
  names: LadderNames,
  decisions: Decision[],
): readonly LadderStep[] | undefined {
  if (ladder === null || ladder === undefined) return undefined
  const isReadable = isLadder(ladder)
  const detail = names[code]
  decisions.push({
    ...{ channel: null, step: null, code: isReadable ? code : 'ladder_unreadable' },
    ...(detail !== undefined && { detail }),
  })
  return isReadable ? ladder : undefined
}

export function isLadder(ladder: unknown): ladder is readonly LadderStep[] {
  return Array.isArray(ladder) && ladder.length > 0 && ladder.length <= STEPS_MAX && ladder.every(isStep)
}

function isStep(step: unknown): boolean {
  if (typeof step !== 'object' || step === null || !('channel' in step) || !('afterSeconds' in step)) return false
  const { channel, afterSeconds } = step
  return (
    CHANNELS.some((known) => known === channel) &&
    typeof afterSeconds === 'number' &&
    Number.isInteger(afterSeconds) &&
    afterSeconds >= 0 &&
    afterSeconds <= AFTER_SECONDS_MAX
  )
}
