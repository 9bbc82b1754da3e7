import type { TimelineEntry } from '@carillon/contracts'
import { type DescribeVendorReason, explainReason } from './explain-reason.ts'
import type { ExplainedRow, ExplainedRows } from './explained-rows.ts'

type About = Pick<TimelineEntry, 'channel' | 'step'>

const WHOLE: About = { channel: null, step: null }
const OUTCOMES: Readonly<Record<string, string>> = {
  accepted: 'took the message',
  rejected: 'refused the message for good',
  unavailable: 'did not take the message; it may be tried again',
  unknown: 'was given the message, and its answer was lost',
}

/** What happened, in order, from rows alone. */
export function buildTimeline(rows: ExplainedRows, describeVendor: DescribeVendorReason): TimelineEntry[] {
  const byId = new Map(rows.deliveries.map((one) => [one.id, one]))
  const about = (deliveryId: string): About => aboutRow(byId.get(deliveryId))
  const entries = [
    ...listMoments(rows),
    ...rows.deliveries.flatMap(listPlanned),
    ...listLaterDecisions(rows, describeVendor),
    ...rows.attempts.flatMap((attempt): TimelineEntry[] => {
      const { startedAt, endedAt, number, outcome, reason } = attempt
      const provider = attempt.provider ?? 'the provider'
      const begun = { at: startedAt, what: 'attempt_started', ...about(attempt.deliveryId) }
      const entries = [{ ...begun, text: `Try ${number} began: handed to ${provider}.` }]
      if (endedAt === null || outcome === null) return entries
      const why = reason === null ? '' : ` ${explainReason(reason, describeVendor)}`
      const said = OUTCOMES[outcome] ?? `answered “${outcome}”`
      return [
        ...entries,
        { ...begun, at: endedAt, what: 'attempt_ended', text: `Try ${number}: ${provider} ${said}.${why}` },
      ]
    }),
    ...rows.receipts.map(({ deliveryId, provider, kind, reason, receivedAt }) => {
      const why = reason === null ? '' : ` ${explainReason(reason, describeVendor)}`
      return { at: receivedAt, what: 'receipt', ...about(deliveryId), text: `${provider} reported: ${kind}.${why}` }
    }),
  ]
  return entries.sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

function aboutRow(row: ExplainedRow | undefined): About {
  return row ? { channel: row.channel, step: row.step } : WHOLE
}

function listMoments({ notification }: ExplainedRows): TimelineEntry[] {
  const { acceptedAt, createdAt, seenAt, readAt, acknowledgedAt, cancelledAt } = notification
  const moments: readonly (readonly [string | null, string, string])[] = [
    [acceptedAt, 'accepted', 'The event was accepted.'],
    [createdAt, 'planned', 'The message was planned.'],
    [seenAt, 'seen', 'The person saw it in the inbox.'],
    [readAt, 'read', 'The person read it.'],
    [acknowledgedAt, 'acknowledged', 'The person acknowledged it.'],
    [cancelledAt, 'cancelled', 'It was cancelled.'],
  ]
  return moments.flatMap(([at, what, text]) => (at === null ? [] : [{ at, what, ...WHOLE, text }]))
}

function listPlanned(row: ExplainedRow): TimelineEntry[] {
  const { createdAt, scheduledFor, deliveredAt, replay } = row
  const about = aboutRow(row)
  const when = scheduledFor === null ? '' : ` It is to go out at ${scheduledFor}.`
  const text = `${replay === 0 ? 'A delivery' : 'One more delivery'} on ${row.channel} was planned.${when}`
  const planned = { at: createdAt, what: 'delivery_planned', ...about, text }
  if (deliveredAt === null) return [planned]
  const arrived = row.channel === 'IN_APP' ? 'It is in the inbox.' : 'It was delivered.'
  return [planned, { at: deliveredAt, what: 'delivered', ...about, text: arrived }]
}

function listLaterDecisions({ notification }: ExplainedRows, describeVendor: DescribeVendorReason): TimelineEntry[] {
  return (notification.decisions ?? []).flatMap(({ at, code, channel, step }) =>
    at === undefined ? [] : [{ at, what: code, channel, step, text: explainReason(code, describeVendor) }],
  )
}
