import type { FleetStage } from '@carillon/testkit'
import { waitUntil } from '../fleet/wait-until.ts'
import { postBlast, readDatabaseTime, readResolved } from './post-blast.ts'
import { countOpen } from './run-blast.ts'
import { findDifferences, watchProgress } from './watch-progress.ts'

export interface CancelledBlast {
  readonly pausedAt: number
  /** How long after the pause was asked for the last chunk began. */
  readonly lateMs: number
  readonly whilePaused: number
  readonly resumedMs: number
  readonly cancelledAt: number
  readonly cancelMs: number
  readonly answer: unknown
  readonly sentAfter: number
  readonly plannedAfter: number
  readonly waiting: number
  readonly asked: number
  readonly fallen: readonly string[]
  readonly differences: readonly string[]
  readonly unfinishedMax: number
}

const STEP_MS_MAX = 300_000
const PAUSE_MS = 2_000

/** Paused at a tenth, cancelled at three tenths. */
export async function cancelBlast(
  stage: FleetStage,
  people: number,
  print: (line: string) => void,
): Promise<CancelledBlast> {
  const eventId = await postBlast(stage)
  const progress = watchProgress(stage, eventId)
  await waitForResolved(stage, eventId, people / 10)
  const paused = await pause(stage, eventId)
  print(`paused at ${paused.pausedAt}`)
  const resumedMs = await resume(stage, eventId)
  await waitForResolved(stage, eventId, people * 0.3)
  const cancelled = await cancel(stage, eventId)
  await progress.stop()
  const { asked, fallen, unfinishedMax } = progress
  const differences = await findDifferences(stage, eventId)
  return {
    ...{ ...paused, resumedMs, ...cancelled, fallen, differences },
    ...{ asked: asked(), unfinishedMax: unfinishedMax() },
  }
}

function waitForResolved(stage: FleetStage, eventId: string, wanted: number) {
  return waitUntil(`${wanted} people resolved`, STEP_MS_MAX, async () => {
    const seen = await readResolved(stage, eventId)
    return { isSo: seen.resolved >= wanted, seen }
  })
}

async function pause(stage: FleetStage, eventId: string) {
  const askedAt = await readDatabaseTime(stage)
  await control(stage, eventId, 'pause')
  const { resolved: pausedAt } = await readResolved(stage, eventId)
  await Bun.sleep(PAUSE_MS)
  const { resolved } = await readResolved(stage, eventId)
  const { rows } = await stage.pool.query<{ at: Date | null }>(
    `SELECT max("createdAt") AS at FROM "Notification" WHERE "eventId" = $1`,
    [eventId],
  )
  const lateMs = Math.max(0, (rows[0]?.at?.getTime() ?? 0) - askedAt.getTime())
  return { pausedAt, whilePaused: resolved - pausedAt, lateMs }
}

async function resume(stage: FleetStage, eventId: string): Promise<number> {
  const { resolved: before } = await readResolved(stage, eventId)
  const startedAtMs = performance.now()
  await control(stage, eventId, 'resume')
  await waitUntil('chunks after the resume', STEP_MS_MAX, async () => {
    const seen = await readResolved(stage, eventId)
    return { isSo: seen.resolved > before || seen.status === 'COMPLETED', seen }
  })
  return Math.round(performance.now() - startedAtMs)
}

async function cancel(stage: FleetStage, eventId: string) {
  const mailsBefore = (await stage.smtp.accepted()).length
  const startedAtMs = performance.now()
  const { body } = await control(stage, eventId, 'cancel')
  const cancelMs = Math.round(performance.now() - startedAtMs)
  const answeredAt = await readDatabaseTime(stage)
  const { resolved: cancelledAt } = await readResolved(stage, eventId)
  const waiting = await waitUntil('nothing on its way', STEP_MS_MAX, async () => {
    const seen = await countOpen(stage, eventId)
    return { isSo: seen === 0, seen }
  })
  const sentAfter = (await stage.smtp.accepted()).length - mailsBefore
  const { rows } = await stage.pool.query<{ count: number }>(
    `SELECT count(*)::int FROM "Notification" WHERE "eventId" = $1 AND "createdAt" > $2`,
    [eventId, answeredAt],
  )
  return { cancelledAt, cancelMs, answer: body.deliveries, sentAfter, plannedAfter: rows[0]?.count ?? 0, waiting }
}

async function control({ api }: FleetStage, eventId: string, what: 'pause' | 'resume' | 'cancel') {
  const { status, body } = await api.call<{ deliveries?: unknown }>('POST', `/api/events/${eventId}/${what}`)
  if (status !== 200) throw new Error(`${what} the event: ${status} ${JSON.stringify(body)}`)
  return { body }
}
