import { startAgenda, startClock, type startReleases } from '@carillon/clock'
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

const failing = {
  decideRestMs: () => undefined,
  onFatal(error: unknown) {
    throw error
  },
}

/** The clock itself, on the stage's Postgres and broker; told of wake-ups when the broker has acknowledged them. */
export function openClock(stage: ClockStage, onPublished: (values: readonly string[]) => void) {
  const store = openClockStore(stage)
  const clock = startClock(
    {
      store,
      publisher: {
        async publishMany(records) {
          const published = await stage.producer.publishMany(records)
          onPublished(records.map(({ value }) => value))
          return published
        },
      },
      readOffsets: async () => [],
      publishOutbox: async () => undefined,
      observe: () => undefined,
      ...failing,
    },
    POLICY,
  )
  return watchFor(store, clock)
}

/** Wakes whoever works on what is due, as the clock's process does. */
export function watchFor(
  store: ReturnType<typeof openClockStore>,
  working: Pick<ReturnType<typeof startClock> | ReturnType<typeof startReleases>, 'workers' | 'close'>,
) {
  const readAgenda = () => store.readAgenda(POLICY.outboxOlderThanMs)
  const agenda = startAgenda({ readAgenda, workers: working.workers, ...failing })
  return {
    async close() {
      await Promise.all([agenda.close(), working.close()])
    },
  }
}
