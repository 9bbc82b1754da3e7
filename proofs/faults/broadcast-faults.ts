import type { FanoutStatus } from '@carillon/contracts'
import { waitUntil } from '../fleet/wait-until.ts'
import type { Fault } from './fault.ts'
import { readHandOvers } from './hand-overs.ts'
import type { FaultStage } from './open-fault-stage.ts'
import { settle } from './processes.ts'

const PEOPLE = { quick: 300, full: 10_000 }
const UNFINISHED_MAX = 5_000
const STEP_MS_MAX = 180_000

export const BROADCAST_FAULTS: readonly Fault[] = [
  {
    name: 'a broadcast cancelled at 30 %',
    async inject(stage, random, quick) {
      const people = PEOPLE[quick ? 'quick' : 'full']
      const role = `crowd-${random.below(1_000_000)}`
      await savePeople(stage, role, people)
      const { status, body } = await stage.api.post({
        ...{ type: 'NEWS', title: 'News for all', message: 'The market opens at nine.' },
        ...{ audience: { roles: [role] }, channels: ['EMAIL'] },
      })
      if (status !== 202) throw new Error(`post a broadcast: ${status}`)
      await waitUntil('three tenths resolved', STEP_MS_MAX, async () => {
        const seen = await readFanout(stage, body.eventId)
        return { isSo: seen.resolved >= people * 0.3, seen }
      })
      const cancelled = await stage.api.call('POST', `/api/events/${body.eventId}/cancel`)
      const answered = cancelled.status === 200 ? [] : [`the cancel was answered with ${cancelled.status}`]
      return { count: 1, broken: [...answered, ...(await findBroken(stage, body.eventId))] }
    },
  },
]

async function savePeople({ pool }: FaultStage, role: string, count: number): Promise<void> {
  await pool.query(
    `INSERT INTO "User"("tenantId", id, email, roles)
     SELECT 'default', $1 || '-' || n, $1 || '-' || n || '@example.com', ARRAY[$1] FROM generate_series(1, $2::int) n`,
    [role, count],
  )
}

async function readFanout({ pool }: FaultStage, eventId: string) {
  const { rows } = await pool.query<{ resolved: number; status: FanoutStatus }>(
    `SELECT resolved, status FROM "Fanout" WHERE "tenantId" = 'default' AND "eventId" = $1`,
    [eventId],
  )
  return rows[0] ?? { resolved: 0, status: undefined }
}

/** After the cancel: what was on its way may still go, nothing is planned, and nobody gets it twice. */
async function findBroken(stage: FaultStage, eventId: string): Promise<string[]> {
  const sentBefore = await countSent(stage, eventId)
  const waiting = await settle(STEP_MS_MAX, async () => {
    const rows = await readRows(stage, eventId)
    const seen = rows.filter(({ status }) => OPEN.has(status)).length
    return { isSo: seen === 0, seen }
  })
  const rows = await readRows(stage, eventId)
  const handOvers = await readHandOvers(stage)
  const wrong = rows.filter(({ id, status }) => {
    const count = handOvers.get(id)?.length ?? 0
    return count > 1 || (status === 'CANCELLED' && count > 0)
  })
  const sentAfter = (await countSent(stage, eventId)) - sentBefore
  const { status } = await readFanout(stage, eventId)
  return [
    ...(status === 'CANCELLED' ? [] : [`the broadcast is ${status}`]),
    ...(waiting === 0 ? [] : [`${waiting} deliveries still wait`]),
    ...(sentAfter <= UNFINISHED_MAX ? [] : [`${sentAfter} sent after the cancel`]),
    ...wrong.map((row) => `${row.id} is ${row.status}, handed over ${handOvers.get(row.id)?.length ?? 0} times`),
  ]
}

const OPEN = new Set(['SCHEDULED', 'PENDING', 'SENDING', 'UNKNOWN'])

async function readRows({ pool }: FaultStage, eventId: string) {
  const { rows } = await pool.query<{ id: string; status: string }>(
    `SELECT d.id, d.status FROM "NotificationDelivery" d JOIN "Notification" n ON n.id = d."notificationId"
     WHERE n."eventId" = $1`,
    [eventId],
  )
  return rows
}

async function countSent(stage: FaultStage, eventId: string): Promise<number> {
  return (await readRows(stage, eventId)).filter(({ status }) => status === 'SENT').length
}
