import type { FleetStage } from '@carillon/testkit'
import type { Random } from '../fleet/random.ts'
import { waitUntil } from '../fleet/wait-until.ts'
import { postBlast, readResolved } from './post-blast.ts'
import { findDifferences, watchProgress } from './watch-progress.ts'

export interface Blast {
  readonly notifications: number
  readonly recipients: number
  readonly mails: number
  readonly mailedOnce: number
  /** Who was killed, and how many people it had come past. */
  readonly kills: readonly string[]
  readonly plannedMs: number
  readonly ms: number
  readonly asked: number
  readonly fallen: readonly string[]
  readonly differences: readonly string[]
  readonly unfinishedMax: number
}

const STEP_MS_MAX = 600_000

/** Kills spread over the whole of it, each as soon as it has come so far. */
export async function runBlast(
  stage: FleetStage,
  { people, kills }: { readonly people: number; readonly kills: number },
  random: Random,
  print: (line: string) => void,
): Promise<Blast> {
  const startedAtMs = performance.now()
  const eventId = await postBlast(stage)
  const progress = watchProgress(stage, eventId)
  const killed: string[] = []
  for (let kill = 1; kill <= kills; kill++) {
    const from = Math.floor((kill * people) / (kills + 1))
    const { resolved } = await waitUntil(`${from} people resolved`, STEP_MS_MAX, async () => {
      const seen = await readResolved(stage, eventId)
      return { isSo: seen.resolved >= from || seen.status === 'COMPLETED', seen }
    })
    const name = kill % 2 === 0 ? 'router' : 'fanout'
    await Bun.sleep(random.below(50))
    await stage.fleet.kill(name)
    void stage.fleet.start(name).catch(() => undefined)
    killed.push(`${name}@${resolved}`)
    if (kill % 5 === 0) print(`${kill} of ${kills} kills, ${resolved} people`)
  }
  await waitUntil('everybody planned', STEP_MS_MAX, async () => {
    const seen = await readResolved(stage, eventId)
    return { isSo: seen.status === 'COMPLETED', seen }
  })
  const plannedMs = performance.now() - startedAtMs
  await waitUntil('everybody sent', STEP_MS_MAX, async () => {
    const seen = await countOpen(stage, eventId)
    return { isSo: seen === 0, seen }
  })
  const ms = performance.now() - startedAtMs
  await progress.stop()
  const counted = await countReached(stage, eventId)
  const mails = await countMails(stage, eventId)
  const { asked, fallen, unfinishedMax } = progress
  const differences = await findDifferences(stage, eventId)
  return {
    ...{ ...counted, ...mails, kills: killed, plannedMs, ms, differences, fallen },
    ...{ asked: asked(), unfinishedMax: unfinishedMax() },
  }
}

export async function countOpen({ pool }: FleetStage, eventId: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int FROM "NotificationDelivery" d JOIN "Notification" n ON n.id = d."notificationId"
     WHERE n."eventId" = $1 AND d.status IN ('SCHEDULED', 'PENDING', 'SENDING', 'UNKNOWN')`,
    [eventId],
  )
  return rows[0]?.count ?? 0
}

async function countReached({ pool }: FleetStage, eventId: string) {
  const { rows } = await pool.query<{ notifications: number; recipients: number }>(
    `SELECT count(*)::int AS notifications, count(DISTINCT "recipientId")::int AS recipients
     FROM "Notification" WHERE "eventId" = $1`,
    [eventId],
  )
  return rows[0] ?? { notifications: 0, recipients: 0 }
}

async function countMails({ pool, smtp }: FleetStage, eventId: string) {
  const { rows } = await pool.query<{ id: string }>(
    `SELECT d.id FROM "NotificationDelivery" d JOIN "Notification" n ON n.id = d."notificationId" WHERE n."eventId" = $1`,
    [eventId],
  )
  const counts = new Map(rows.map(({ id }) => [id, 0]))
  for (const { deliveryId = '' } of await smtp.accepted()) {
    const count = counts.get(deliveryId)
    if (count !== undefined) counts.set(deliveryId, count + 1)
  }
  const all = [...counts.values()]
  return { mails: all.reduce((sum, one) => sum + one, 0), mailedOnce: all.filter((one) => one === 1).length }
}
