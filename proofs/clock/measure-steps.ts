import type { ChannelRecord } from '@carillon/contracts'
import { waitUntil } from '../fleet/wait-until.ts'
import { type ClockStage, openClock } from './open-clock.ts'
import { insertSteps } from './rows.ts'

const LEAD_SECONDS = 3

export interface StepLatencies {
  /** From the time of a step until its wake-up was acknowledged by the broker. */
  readonly latenciesMs: readonly number[]
  readonly early: number
}

/** While others wait for later. */
export async function measureSteps(stage: ClockStage, steps: number, overSeconds: number): Promise<StepLatencies> {
  const due = await insertSteps(stage.pool, steps, LEAD_SECONDS, overSeconds)
  const dueAt = new Map(due.map(({ id, dueAtMs }) => [id, dueAtMs]))
  const latenciesMs: number[] = []
  const clock = openClock(stage, (values) => {
    const atMs = Date.now()
    for (const value of values) latenciesMs.push(atMs - (dueAt.get(readId(value)) ?? Number.NaN))
  })
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
