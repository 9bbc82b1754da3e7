import {
  CHANNELS,
  type Channel,
  type DeliveryStatus,
  type ExplainedChannel,
  type Explanation,
} from '@carillon/contracts'
import { buildTimeline } from './build-timeline.ts'
import { type DescribeVendorReason, explainReason, explainStatus } from './explain-reason.ts'
import type {
  ExplainedAttempt,
  ExplainedDigest,
  ExplainedRow,
  ExplainedRows,
  StoredDecision,
} from './explained-rows.ts'
import { suggestChange } from './suggest-change.ts'

/** Why, why not and what would change it: made from rows alone, so that it says what happened and not what should have. */
export function explainNotification(
  rows: ExplainedRows,
  describeVendor: DescribeVendorReason = () => undefined,
): Explanation {
  const {
    decisions: stored,
    ladder,
    acceptedAt,
    seenAt,
    readAt,
    acknowledgedAt,
    cancelledAt,
    ...notification
  } = rows.notification
  const decisions = stored ?? []
  return {
    notification: { ...notification, ladder: ladder && [...ladder] },
    decisions: decisions.filter(({ channel }) => channel === null).map((one) => say(one, describeVendor)),
    channels: CHANNELS.map((channel) => explainChannel(channel, rows, decisions, describeVendor)),
    timeline: buildTimeline(rows, describeVendor),
  }
}

function explainChannel(
  channel: Channel,
  rows: ExplainedRows,
  allDecisions: readonly StoredDecision[],
  describeVendor: DescribeVendorReason,
): ExplainedChannel {
  const deliveries = rows.deliveries.filter((one) => one.channel === channel)
  const decisions = allDecisions.filter((one) => one.channel === channel)
  if (deliveries.length === 0 && decisions.length === 0) return describeNotAsked(channel)
  const last = deliveries.at(-1)
  return {
    channel,
    outcome: decideOutcome(deliveries),
    why: [...decisions.map((one) => say(one, describeVendor)), ...listEnds(deliveries, decisions, describeVendor)],
    whatWouldChangeIt: suggestFor(last, decisions),
    deliveries: deliveries.map((one) => describeDelivery(one, rows.attempts, describeVendor)),
    digest: describeDigest(rows.digests.find((one) => one.channel === channel)),
  }
}

function describeDigest(digest: ExplainedDigest | undefined): ExplainedChannel['digest'] {
  return digest ? { notificationId: digest.id, endsAt: digest.endsAt, isClosed: digest.closedAt !== null } : null
}

function describeNotAsked(channel: Channel): ExplainedChannel {
  return {
    channel,
    outcome: 'not_sent',
    why: [{ code: 'not_asked_for', text: 'Neither the event nor its category or ladder asked for this channel.' }],
    whatWouldChangeIt: suggestChange('not_asked_for'),
    deliveries: [],
    digest: null,
  }
}

const OUTCOME_OF: Readonly<Record<DeliveryStatus, ExplainedChannel['outcome']>> = {
  SENT: 'sent',
  DELIVERED: 'sent',
  SCHEDULED: 'waiting',
  PENDING: 'waiting',
  SENDING: 'waiting',
  UNKNOWN: 'unknown',
  FAILED: 'not_sent',
  CANCELLED: 'not_sent',
  SUPPRESSED: 'not_sent',
  EXPIRED: 'not_sent',
}
const BEST_FIRST: readonly ExplainedChannel['outcome'][] = ['sent', 'waiting', 'unknown', 'not_sent']

/** The best of its deliveries; one that may have gone out twice or not at all says so. */
function decideOutcome(deliveries: readonly ExplainedRow[]): ExplainedChannel['outcome'] {
  const outcomes = deliveries.map(({ status, possiblySent }) =>
    possiblySent && OUTCOME_OF[status] === 'not_sent' ? 'unknown' : OUTCOME_OF[status],
  )
  return BEST_FIRST.find((outcome) => outcomes.includes(outcome)) ?? 'not_sent'
}

/** How deliveries ended after planning, where no decision has said so already. */
function listEnds(
  deliveries: readonly ExplainedRow[],
  decisions: readonly StoredDecision[],
  describeVendor: DescribeVendorReason,
) {
  const said = new Set(decisions.map(({ code }) => code))
  const reasons = deliveries.flatMap(({ reason }) => (reason === null || said.has(reason) ? [] : [reason]))
  return [...new Set(reasons)].map((code) => ({ code, text: explainReason(code, describeVendor) }))
}

function suggestFor(last: ExplainedRow | undefined, decisions: readonly StoredDecision[]): string | null {
  if (last && OUTCOME_OF[last.status] === 'sent') return null
  const hasFailed = last?.status === 'FAILED'
  const ofRow = last?.reason ? suggestChange(last.reason, hasFailed) : null
  if (ofRow !== null) return ofRow
  for (const { code } of decisions.toReversed()) {
    const suggested = suggestChange(code)
    if (suggested !== null) return suggested
  }
  return null
}

function describeDelivery(
  row: ExplainedRow,
  allTries: readonly ExplainedAttempt[],
  describeVendor: DescribeVendorReason,
) {
  const { id, step, replay, status, reason, scheduledFor, attemptCount, possiblySent } = row
  const why =
    reason === null ? explainStatus(status) : `${explainStatus(status)} ${explainReason(reason, describeVendor)}`
  const tries = allTries.flatMap(({ deliveryId, ...one }) => (deliveryId === id ? [one] : []))
  return { id, step, replay, status, reason, why, scheduledFor, attempts: attemptCount, tries, possiblySent }
}

function say({ code, detail }: StoredDecision, describeVendor: DescribeVendorReason) {
  return { code, text: explainReason(code, describeVendor), ...(detail !== undefined && { detail }) }
}
