import { startReleases } from '@carillon/clock'
import { type OutboxRow, timerExpiredSchema } from '@carillon/contracts'
import { createOutboxAnnouncer } from '@carillon/routing'
import { createEventControlStore, createHeldClockStore } from '@carillon/store'
import type { FleetStage } from '@carillon/testkit'
import { waitUntil } from '../fleet/wait-until.ts'
import { openClockStore, watchFor } from './open-clock.ts'
import { insertTimers } from './rows.ts'

const LEAD_SECONDS = 3
const HELD_KEPT_MS = 3_600_000

/** How far from its time each timer was told of, acknowledged by the broker; each is told once or not at all. */
export async function measureTimers(
  stage: FleetStage,
  timers: number,
  overSeconds: number,
): Promise<{ readonly deviationsMs: readonly number[]; readonly told: number }> {
  await insertTimers(stage.pool, timers, LEAD_SECONDS, overSeconds)
  const deviationsMs: number[] = []
  const keys = new Set<string>()
  const outbox = createOutboxAnnouncer({
    publisher: {
      async publishMany(records) {
        const published = await stage.producer.publishMany(records)
        const atMs = Date.now()
        for (const { value } of records) {
          const { dueAt, key } = timerExpiredSchema.parse(JSON.parse(value))
          deviationsMs.push(atMs - Date.parse(dueAt))
          keys.add(key)
        }
        return published
      },
    },
    deleteOutbox: async () => undefined,
    onFailure(error) {
      throw error
    },
  })
  const events = createEventControlStore({ pool: stage.pool, stops: { stopNotifications: async () => [] } })
  const announce = (row: OutboxRow) => outbox.announce(row)
  const releases = watchFor(
    openClockStore(stage),
    startReleases(
      {
        store: createHeldClockStore({
          pool: stage.pool,
          announce,
          events,
          reportUnreadable({ error }) {
            throw error
          },
        }),
        publisher: stage.producer,
        decideRestMs: () => undefined,
        onFatal(error) {
          throw error
        },
        observe: () => undefined,
      },
      HELD_KEPT_MS,
    ),
  )
  try {
    await waitUntil('let every timer go off', (LEAD_SECONDS + overSeconds + 60) * 1_000, async () => ({
      isSo: deviationsMs.length >= timers,
      seen: deviationsMs.length,
    }))
  } finally {
    await releases.close()
    await outbox.close()
  }
  return { deviationsMs, told: keys.size }
}
