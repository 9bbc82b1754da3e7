import { isGated, readEventTime } from '@carillon/contracts'
import type { DecodedEvent, RefusedRecord } from '../decode-event.ts'
import type { RoutingPolicy } from '../route-events.ts'
import type { HoldVerdict } from './decide-holds.ts'
import type { EventToHold } from './held-event.ts'

export interface HeldStore {
  /**
   * One transaction under the locks of the events' keys: what `decideHolds` says of them, in their order. Each has its row
   * afterwards, and its `Event` row says HELD or CANCELLED; rows that gave way to them are cancelled.
   */
  holdEvents(events: readonly EventToHold[], acceptedAfterMs: number): Promise<readonly HoldVerdict[]>
}

export interface HeldApart {
  /** Those that may be planned now; the age of a released one counts from its release. */
  readonly events: readonly DecodedEvent[]
  readonly refused: readonly RefusedRecord[]
  readonly held: number
  readonly cancelled: number
}

/** Sets aside what waits for its time or its approval, and drops what was cancelled or gave way under its key. */
export async function holdEvents(
  decoded: readonly DecodedEvent[],
  store: HeldStore,
  policy: RoutingPolicy,
): Promise<HeldApart> {
  const gated = decoded.filter(({ event }) => isGated(event))
  if (gated.length === 0) return { events: decoded, refused: [], held: 0, cancelled: 0 }
  const verdicts = await store.holdEvents(
    gated.map((one) => describe(one, policy)),
    policy.planMaxAgeMs,
  )
  const byEvent = new Map(gated.map((one, index) => [one, verdicts[index]]))
  const count = (kind: HoldVerdict['kind']) => verdicts.filter((verdict) => verdict.kind === kind).length
  return {
    events: decoded.flatMap((one) => {
      const verdict = byEvent.get(one)
      // What is too old is refused where all others are.
      if (!verdict || verdict.kind === 'too_old') return [one]
      return verdict.kind === 'plan' ? [{ ...one, releasedAt: verdict.releasedAt }] : []
    }),
    refused: gated.flatMap((one, index) =>
      verdicts[index]?.kind === 'conflict'
        ? [
            {
              record: one.record,
              reason: 'id_conflict' as const,
              message: `event id ${one.id} was used before with other content`,
            },
          ]
        : [],
    ),
    held: count('held'),
    cancelled: count('cancelled'),
  }
}

function describe(one: DecodedEvent, { eventIdKeys }: RoutingPolicy): EventToHold {
  const { tenantId, id, event, fingerprint, traceparent } = one
  const acceptedAt = readEventTime(tenantId, id, eventIdKeys) ?? one.acceptedAt
  return { tenantId, id, event: { ...event, id }, fingerprint, acceptedAt, traceparent }
}
