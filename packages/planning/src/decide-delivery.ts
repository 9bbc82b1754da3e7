import type { StopOn } from '@carillon/contracts'
import { type Digesting, decideDigest } from './decide-digest.ts'
import { decideWhen } from './decide-when.ts'
import type { DecisionCode } from './decision-codes.ts'
import type { Decision, PlanInput, PlannedDelivery } from './plan.ts'
import type { Rung } from './rung.ts'

/** What every delivery of one notification shares. */
export interface Frame {
  readonly input: PlanInput
  readonly stopOn: StopOn | null
  readonly expiresAt: Date
  readonly decisions: Decision[]
}

/** The row of an open rung: born as what it will be until something happens to it. */
export function decideDelivery(rung: Rung, frame: Frame): PlannedDelivery {
  const { now } = frame.input
  const dueMs = now.getTime() + rung.afterSeconds * 1_000
  if (frame.expiresAt <= now) return end(rung, 'EXPIRED', 'expired_before_planning', frame)
  if (rung.channel === 'IN_APP') {
    // An inbox that showed a message only later would hold back the record itself.
    note(rung, rung.afterSeconds === 0 ? 'in_inbox' : 'in_inbox_from_start', frame)
    return row(rung, 'DELIVERED', null, null, frame)
  }
  if (dueMs >= frame.expiresAt.getTime()) return end(rung, 'EXPIRED', 'expires_before_step', frame)
  const digest = decideDigest(rung.channel, frame.input, frame.expiresAt)
  noteZone(digest.zone, frame.decisions)
  if (digest.kind === 'collected') return joinDigest(rung, digest, frame)
  if (digest.passed) note(rung, digest.passed, frame)
  return rung.afterSeconds === 0 ? sendNow(rung, frame) : waitForStep(rung, dueMs, frame)
}

/** Ended here, whatever its step: what reaches the person is the digest's own delivery. */
function joinDigest(rung: Rung, { window, detail }: Extract<Digesting, { kind: 'collected' }>, frame: Frame) {
  return { ...end(rung, 'SUPPRESSED', 'in_digest', frame, detail), digest: window }
}

/** Quiet hours are asked about when the step fires: until then the person may have moved or changed them. */
function waitForStep(rung: Rung, dueMs: number, frame: Frame): PlannedDelivery {
  note(rung, 'waits_for_step', frame)
  return row(rung, 'SCHEDULED', new Date(dueMs), null, frame)
}

function sendNow(rung: Rung, frame: Frame): PlannedDelivery {
  const { event, recipient, category, tenant, now } = frame.input
  const when = decideWhen({
    channel: rung.channel,
    priority: event.notificationPriority,
    user: recipient.user,
    category,
    tenant,
    expiresAt: frame.expiresAt,
    now,
  })
  noteZone(when.zone, frame.decisions)
  if (when.kind === 'expired') return end(rung, 'EXPIRED', 'quiet_hours_outlive_expiry', frame, when.detail)
  if (when.kind === 'held') {
    note(rung, 'quiet_hours', frame, when.detail)
    return row(rung, 'SCHEDULED', when.until, 'quiet_hours', frame)
  }
  if (when.passed) note(rung, when.passed, frame)
  note(rung, 'sent_at_once', frame)
  return row(rung, 'PENDING', null, null, frame)
}

/** The zone is the person's, not the channel's: said once. */
function noteZone(zone: readonly Decision[], decisions: Decision[]): void {
  for (const one of zone)
    if (!decisions.some(({ code, detail }) => code === one.code && detail === one.detail)) decisions.push(one)
}

/** The row of an asked-for rung that is not sent. */
export function end(
  rung: Rung,
  status: 'SUPPRESSED' | 'EXPIRED',
  code: DecisionCode,
  frame: Frame,
  detail?: string,
): PlannedDelivery {
  note(rung, code, frame, detail)
  return row(rung, status, null, code, frame)
}

export function note({ channel, step }: Rung, code: DecisionCode, { decisions }: Frame, detail?: string): void {
  decisions.push(detail === undefined ? { channel, step, code } : { channel, step, code, detail })
}

function row(
  { channel, step }: Rung,
  status: PlannedDelivery['status'],
  scheduledFor: Date | null,
  reason: DecisionCode | null,
  { input, stopOn, expiresAt }: Frame,
): PlannedDelivery {
  const maxAttempts = input.policy.maxAttempts[channel]
  const { atMostOnce } = input.category
  return { channel, step, status, scheduledFor, expiresAt, maxAttempts, stopOn, atMostOnce, reason }
}
