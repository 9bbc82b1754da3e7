import type { ReadAnswer } from '@carillon/contracts'
import type { FleetStage } from '@carillon/testkit'
import type { Random } from '../fleet/random.ts'

/** A read against the moment at which one rung of a ladder fires. */
export interface LadderRace {
  readonly notificationId: string
  /** 1 is the text message, 2 the mail. */
  readonly step: number
  readonly dueAtMs: number
  readonly askedAtMs: number
  readonly answeredAtMs: number
  /** Null where it was answered only when asked again: the first call may have stopped what the second found stopped. */
  readonly stopped: ReadAnswer['stopped'] | null
}

export interface RaceSettings {
  readonly races: number
  readonly perSecond: number
  readonly random: Random
}

interface PlannedRow {
  readonly id: string
  readonly recipientId: string
  readonly sms: Date
  readonly email: Date
}

const LADDER = [
  { channel: 'IN_APP', afterSeconds: 0 },
  { channel: 'SMS', afterSeconds: 2 },
  { channel: 'EMAIL', afterSeconds: 4 },
]
const TOPIC = 'notification.events'
const BEFORE_MS = 60
const AFTER_MS = 160
const LOOK_EVERY_MS = 100
const PLANNED_MS_MAX = 120_000

/** Publishes at a steady rate; each ladder is read around the time of one of its rungs. */
export async function raceLadders(stage: FleetStage, settings: RaceSettings): Promise<LadderRace[]> {
  const publishing = publishLadders(stage, settings)
  const reads = new Map<string, Promise<LadderRace>>()
  for (const deadlineMs = Date.now() + PLANNED_MS_MAX + (settings.races / settings.perSecond) * 1_000; ; ) {
    for (const planned of await readPlanned(stage, [...reads.keys()].length))
      if (!reads.has(planned.id)) reads.set(planned.id, readInTime(stage, planned, settings.random))
    if (reads.size === settings.races) break
    if (Date.now() > deadlineMs) throw new Error(`${reads.size} of ${settings.races} ladders were planned`)
    await Bun.sleep(LOOK_EVERY_MS)
  }
  await publishing
  return await Promise.all(reads.values())
}

async function publishLadders({ producer }: FleetStage, { races, perSecond }: RaceSettings): Promise<void> {
  const startedAtMs = Date.now()
  for (let sent = 0; sent < races; ) {
    const due = Math.min(races, Math.ceil(((Date.now() - startedAtMs) / 1_000) * perSecond) + 1)
    const records = Array.from({ length: due - sent }, (_, index) => toRecord(sent + index))
    if (records.length > 0) await producer.publishMany(records)
    sent = due
    await Bun.sleep(LOOK_EVERY_MS)
  }
}

function toRecord(number: number) {
  const id = `ladder-${number}`
  const phone = `+49151${String(10_000_000 + number)}`
  const value = JSON.stringify({
    id,
    type: 'REMINDER',
    message: 'Please look at this.',
    deliveryStrategy: 'ESCALATION',
    ladder: LADDER,
    recipients: [{ userId: id, email: `${id}@example.com`, phone }],
  })
  return { topic: TOPIC, key: id, value }
}

async function readPlanned({ pool }: FleetStage, skip: number): Promise<PlannedRow[]> {
  const { rows } = await pool.query<PlannedRow>(
    `SELECT n.id, n."recipientId", s."scheduledFor" AS sms, e."scheduledFor" AS email FROM (
       SELECT id, "recipientId" FROM "Notification" WHERE "plannedAt" IS NOT NULL ORDER BY "createdAt", id OFFSET $1) n
     JOIN "NotificationDelivery" s ON s."notificationId" = n.id AND s.step = 1
     JOIN "NotificationDelivery" e ON e."notificationId" = n.id AND e.step = 2`,
    // Commits come a little out of order, so the last ones are looked at again.
    [Math.max(0, skip - 500)],
  )
  return rows
}

async function readInTime({ api }: FleetStage, planned: PlannedRow, random: Random): Promise<LadderRace> {
  const step = random.next() < 0.5 ? 1 : 2
  const dueAtMs = (step === 1 ? planned.sms : planned.email).getTime()
  await Bun.sleep(Math.max(0, dueAtMs - BEFORE_MS + random.below(BEFORE_MS + AFTER_MS) - Date.now()))
  const askedAtMs = Date.now()
  for (let isRepeated = false; ; isRepeated = true, await Bun.sleep(LOOK_EVERY_MS)) {
    const answer = await api.read(planned.id, planned.recipientId).catch(() => undefined)
    // Not answered, or away: asked again, as a caller would.
    if (answer === undefined || answer.status === 503) continue
    if (answer.status !== 200) throw new Error(`read ${planned.id}: ${answer.status}`)
    const stopped = isRepeated ? null : answer.body.stopped
    return { notificationId: planned.id, step, dueAtMs, askedAtMs, answeredAtMs: Date.now(), stopped }
  }
}
