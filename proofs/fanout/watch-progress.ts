import type { EventStatus } from '@carillon/contracts'
import type { FleetStage } from '@carillon/testkit'

export interface Progress {
  /** Resolves when nobody asks any more. */
  stop(): Promise<void>
  readonly asked: () => number
  /** What was smaller than the answer before. */
  readonly fallen: readonly string[]
  readonly unfinishedMax: () => number
}

const ASK_EVERY_MS = 1_000
const UNFINISHED = ['PENDING', 'SENDING', 'UNKNOWN'] as const

/** Asks as an operator's page does, each second. */
export function watchProgress(stage: FleetStage, eventId: string): Progress {
  const fallen: string[] = []
  let asked = 0
  let unfinishedMax = 0
  let isOver = false
  let before: readonly (readonly [string, number | string])[] = []

  async function ask(): Promise<void> {
    const status = await readProgress(stage, eventId)
    if (status === undefined) return
    asked++
    const now = describe(status)
    for (const [index, [name, value]] of now.entries()) {
      const last = before[index]?.[1]
      if (last !== undefined && value < last) fallen.push(`${name}:${last}→${value}`)
    }
    before = now
    const unfinished = UNFINISHED.reduce((sum, one) => sum + (status.deliveries[one] ?? 0), 0)
    unfinishedMax = Math.max(unfinishedMax, unfinished)
  }

  async function run(): Promise<void> {
    while (!isOver) {
      const startedAtMs = performance.now()
      await ask()
      await Bun.sleep(Math.max(0, ASK_EVERY_MS - (performance.now() - startedAtMs)))
    }
    await ask()
  }

  const running = run()
  return {
    async stop() {
      isOver = true
      await running
    },
    asked: () => asked,
    fallen,
    unfinishedMax: () => unfinishedMax,
  }
}

/** An answer that does not come in time is none: the machine may be busy with the kills. */
async function readProgress({ api }: FleetStage, eventId: string): Promise<EventStatus | undefined> {
  try {
    const { status, body } = await api.call<EventStatus>('GET', `/api/events/${eventId}`)
    return status === 200 ? body : undefined
  } catch {
    return undefined
  }
}

function describe({ notifications, fanout }: EventStatus): readonly (readonly [string, number | string])[] {
  const { resolved = 0, cursor = null, total = null } = fanout ?? {}
  return [
    ['notifications', notifications],
    ['resolved', resolved],
    ['total', total ?? 0],
    ['cursor', cursor ?? ''],
  ]
}

/** What the last answer says and the rows do not. */
export async function findDifferences(stage: FleetStage, eventId: string): Promise<string[]> {
  const status = await readProgress(stage, eventId)
  const { rows } = await stage.pool.query<{
    notifications: number
    deliveries: Record<string, number>
    cursor: string
  }>(
    `SELECT count(DISTINCT n.id)::int AS notifications, max(n."recipientId") AS cursor,
      (SELECT json_object_agg(c.status, c.count) FROM (
        SELECT d.status, count(*)::int FROM "NotificationDelivery" d JOIN "Notification" m ON m.id = d."notificationId"
        WHERE m."eventId" = $1 GROUP BY 1) c) AS deliveries
     FROM "Notification" n WHERE n."eventId" = $1`,
    [eventId],
  )
  const [row] = rows
  const pairs = {
    notifications: [status?.notifications, row?.notifications],
    resolved: [status?.fanout?.resolved, row?.notifications],
    cursor: [status?.fanout?.cursor, row?.cursor],
    deliveries: [sortedJson(status?.deliveries), sortedJson(row?.deliveries)],
  }
  return Object.entries(pairs).flatMap(([name, [said, is]]) => (said === is ? [] : [`${name}: ${said}, SQL ${is}`]))
}

function sortedJson(counts: Readonly<Record<string, number>> = {}): string {
  return JSON.stringify(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
}
