import { type Clock, startClock } from '@carillon/clock'
import { MAX_RESENDS } from '@carillon/delivery'
import { createClockStore } from '@carillon/store'
import type { FleetStage } from '@carillon/testkit'

// Nobody takes these wake-ups, and no look at them shall be counted among those of the next measurement.
const FIRST_LOOK_MS = { urgent: 600_000, normal: 600_000 }
const POLICY = {
  resend: { maxResends: MAX_RESENDS, resendAfterMs: 1_000 },
  watch: { firstLookMs: FIRST_LOOK_MS, lookMsMax: 600_000, unknownAfterMs: 120_000 },
  outboxOlderThanMs: 5_000,
  stubsOlderThanMs: 3_600_000,
}

export type ClockStage = Pick<FleetStage, 'pool' | 'producer'>

export function openClockStore({ pool }: ClockStage) {
  return createClockStore({ pool, announce: () => undefined, firstLookMs: FIRST_LOOK_MS })
}

/** The clock itself, on the stage's Postgres and broker; told of wake-ups when the broker has acknowledged them. */
export function openClock(stage: ClockStage, onPublished: (values: readonly string[]) => void): Clock {
  return startClock(
    {
      store: openClockStore(stage),
      publisher: {
        async publishMany(records) {
          const published = await stage.producer.publishMany(records)
          onPublished(records.map(({ value }) => value))
          return published
        },
      },
      readOffsets: async () => [],
      publishOutbox: async () => undefined,
      decideRestMs: () => undefined,
      onFatal(error) {
        throw error
      },
      observe: () => undefined,
    },
    POLICY,
  )
}
