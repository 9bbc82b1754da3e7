import { decideChannel } from './decide-channel.ts'
import { decideDelivery, end, type Frame, note } from './decide-delivery.ts'
import { decideLimit } from './decide-limit.ts'
import type { DecisionCode } from './decision-codes.ts'
import type { PlannedDelivery } from './plan.ts'
import type { Rung } from './rung.ts'

const INBOX: Rung = { channel: 'IN_APP', step: 0, afterSeconds: 0, wasAsked: false }

interface Refusal {
  readonly code: DecisionCode
  readonly detail?: string
}

/**
 * Takes each rung through: which channels (4), how much (6), when (5). The limit comes before the hour because a
 * demoted message has no hour to wait for.
 */
export function placeRungs(rungs: readonly Rung[], frame: Frame): readonly PlannedDelivery[] {
  const deliveries: PlannedDelivery[] = []
  let isDemoted = false
  for (const rung of rungs) {
    const refusal = refuseChannel(rung, frame) ?? refuseOverLimit(rung, frame)
    const delivery = refusal ? answerRefusal(rung, refusal, frame) : decideDelivery(rung, frame)
    if (delivery) deliveries.push(delivery)
    if (refusal?.code === 'over_hourly_limit') isDemoted = true
  }
  if (isDemoted) demote(rungs, deliveries, frame)
  return deliveries
}

function refuseChannel(rung: Rung, frame: Frame): Refusal | undefined {
  if (rung.isOffLadder) return { code: 'not_on_ladder' }
  const choice = decideChannel(rung.channel, frame.input)
  if (!choice.isOpen) return choice
  if (choice.passed) note(rung, choice.passed, frame)
  return undefined
}

function refuseOverLimit(rung: Rung, frame: Frame): Refusal | undefined {
  const limit = decideLimit(rung.channel, frame.input)
  if (limit.isOver) return { code: 'over_hourly_limit' }
  if (limit.passed) note(rung, limit.passed, frame)
  return undefined
}

/** What the event asked for answers with a row; what was only a default leaves a decision. */
function answerRefusal(rung: Rung, { code, detail }: Refusal, frame: Frame): PlannedDelivery | undefined {
  if (rung.wasAsked) return end(rung, 'SUPPRESSED', code, frame, detail)
  note(rung, code, frame, detail)
  return undefined
}

/** The inbox takes what the limit kept back, unless the person wants none, or it has the message anyway. */
function demote(rungs: readonly Rung[], deliveries: PlannedDelivery[], frame: Frame): void {
  if (!rungs.some(({ channel }) => channel === 'IN_APP')) {
    const refusal = refuseChannel(INBOX, frame)
    if (refusal) note(INBOX, refusal.code, frame, refusal.detail)
    else deliveries.push(decideDelivery(INBOX, frame))
  }
  const isShown = deliveries.some(({ channel, status }) => channel === 'IN_APP' && status === 'DELIVERED')
  if (isShown) note(INBOX, 'demoted_to_in_app', frame)
}
