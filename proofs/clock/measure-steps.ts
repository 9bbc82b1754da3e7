import { startClock } from '@carillon/clock'
import type { ChannelRecord } from '@carillon/contracts'
import { MAX_RESENDS } from '@carillon/delivery'
import { createClockStore } from '@carillon/store'
import type { FleetStage } from '@carillon/testkit'
import { waitUntil } from '../fleet/wait-until.ts'
import { insertSteps } from './rows.ts'

const LEAD_SECONDS = 3
const POLICY = {
  resend: { maxResends: MAX_RESENDS, resendAfterMs: 1_000 },
  watch: { firstLookMs: { urgent: 600_000, normal: 600_000 }, lookMsMax: 600_000, unknownAfterMs: 120_000 },
  outboxOlderThanMs: 5_000,
  stubsOlderThanMs: 3_600_000,
}

export interface StepLatencies {
  /** From the time of a step until its wake-up was acknowledged by the broker. */
  readonly latenciesMs: readonly number[]
  readonly early: number
}

/** The clock itself, on the stage's Postgres and broker, while `waiting` others wait for later. */
export async function measureSteps(stage: FleetStage, steps: number, overSeconds: number): Promise<StepLatencies> {
  const due = await insertSteps(stage.pool, steps, LEAD_SECONDS, overSeconds)
  const dueAt = new Map(due.map(({ id, dueAtMs }) => [id, dueAtMs]))
  const latenciesMs: number[] = []
  const clock = startClock(
    {
      store: createClockStore({
        pool: stage.pool,
        announce: () => undefined,
        // Nobody takes these wake-ups, and no look at them shall be counted among those of the next measurement.
        firstLookMs: POLICY.watch.firstLookMs,
      }),
      publisher: {
        async publishMany(records) {
          const published = await stage.producer.publishMany(records)
          const atMs = Date.now()
          for (const { value } of records) latenciesMs.push(atMs - (dueAt.get(readId(value)) ?? Number.NaN))
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
  try {
    await waitUntil('fire every step', (LEAD_SECONDS + overSeconds + 60) * 1_000, async () => ({
      isSo: latenciesMs.length >= steps,
      seen: latenciesMs.length,
    }))
  } finally {
    await clock.close()
  }
  return { latenciesMs, early: latenciesMs.filter((ms) => ms < 0).length }
}

function readId(value: string): string {
  const { deliveryId }: ChannelRecord = JSON.parse(value)
  return deliveryId
}
