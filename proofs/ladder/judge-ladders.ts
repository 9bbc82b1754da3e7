import type { FleetStage } from '@carillon/testkit'
import type { LadderRace } from './race-ladders.ts'

/** One message that a provider took. */
export interface TakenMessage {
  readonly deliveryId: string | undefined
  readonly at: string
}

export interface LadderVerdict {
  readonly outcomes: Readonly<Record<string, number>>
  readonly close: number
  readonly violations: Readonly<Record<string, readonly string[]>>
}

interface Rung {
  readonly id: string
  readonly notificationId: string
  readonly channel: string
  readonly step: number
  readonly status: string
  readonly attempts: number
  /** When it was first claimed, which is before its hand-over began; null when it never was. */
  readonly claimedAtMs: number | null
  readonly claimedBeforeDueMs: number | null
}

const CLOSE_MS = 50

/** Rows and accept logs against what each read was answered. */
export async function judgeLadders(
  { pool }: FleetStage,
  races: readonly LadderRace[],
  messages: readonly TakenMessage[],
): Promise<LadderVerdict> {
  const rungs = Map.groupBy(await readRungs(pool), ({ notificationId }) => notificationId)
  const taken = Map.groupBy(messages, ({ deliveryId }) => deliveryId ?? '')
  const judged = races.map((race) => ({ race, rungs: rungs.get(race.notificationId) ?? [] }))
  const all = judged.flatMap(({ race, rungs: own }) => own.map((rung) => ({ race, rung })))
  const takenOf = (rung: Rung) => taken.get(rung.id) ?? []
  const find = (is: (one: (typeof all)[number]) => boolean) => all.filter(is).map(({ rung }) => describe(rung))
  const outcomes = judged.map(({ race, rungs: own }) => {
    const rung = own.find(({ step }) => step === race.step)
    return `${rung?.channel} ${rung?.status === 'CANCELLED' ? 'stopped' : 'went out'}`
  })
  return {
    outcomes: Object.fromEntries([...Map.groupBy(outcomes, String)].map(([name, own]) => [name, own.length])),
    close: races.filter((race) => Math.abs(race.askedAtMs - race.dueAtMs) <= CLOSE_MS).length,
    violations: {
      'claimed after the read was answered': find(({ race, rung }) => (rung.claimedAtMs ?? 0) > race.answeredAtMs),
      'claimed before its time': find(({ rung }) => (rung.claimedBeforeDueMs ?? -1) > 0),
      'cancelled, and a message went out': find(
        ({ rung }) => rung.status === 'CANCELLED' && (takenOf(rung).length > 0 || rung.attempts > 0),
      ),
      'sent, and no message went out': find(({ rung }) => rung.status === 'SENT' && takenOf(rung).length !== 1),
      'went out more than once': find(({ rung }) => takenOf(rung).length > 1 || rung.attempts > 1),
      'did not end': find(({ rung }) => !['SENT', 'CANCELLED'].includes(rung.status)),
      'answered otherwise than it was': judged
        .filter(({ race, rungs: own }) => {
          if (race.stopped === null) return false
          const cancelled = own.filter(({ status }) => status === 'CANCELLED').length
          const { cancelled: told, possiblySent, tooLate } = race.stopped
          return told !== cancelled || told + possiblySent + tooLate !== own.length
        })
        .map(({ race }) => `${race.notificationId} ${JSON.stringify(race.stopped)}`),
    },
  }
}

function describe({ id, channel, status, attempts }: Rung): string {
  return `${channel} ${id} ${status}, ${attempts} attempts`
}

async function readRungs(pool: FleetStage['pool']): Promise<Rung[]> {
  const { rows } = await pool.query<Rung>(
    `SELECT d.id, d."notificationId", d.channel, d.step, d.status, count(a."startedAt")::int AS attempts,
       extract(epoch FROM min(a."startedAt"))::float8 * 1000 AS "claimedAtMs",
       extract(epoch FROM d."scheduledFor" - min(a."startedAt"))::float8 * 1000 AS "claimedBeforeDueMs"
     FROM "NotificationDelivery" d JOIN "Notification" n ON n.id = d."notificationId"
     LEFT JOIN "DeliveryAttempt" a ON a."deliveryId" = d.id
     WHERE d.step > 0 GROUP BY d.id, n.id`,
  )
  return rows
}
