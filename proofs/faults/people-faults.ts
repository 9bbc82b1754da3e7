import { deriveNotificationId, READ_TOPIC } from '@carillon/contracts'
import { waitUntil } from '../fleet/wait-until.ts'
import { waitUntilUp } from '../kills/kill-all.ts'
import type { Fault } from './fault.ts'
import { readHandOvers } from './hand-overs.ts'
import type { FaultStage } from './open-fault-stage.ts'
import { settle } from './processes.ts'

const PLANNED_MS_MAX = 60_000
const ENDED_MS_MAX = 90_000

interface Row {
  readonly id: string
  readonly recipientId: string
  readonly status: string
}

/** Messages that wait, people who change their mind meanwhile, and what may be sent afterwards. */
function queued(
  name: string,
  change: (stage: FaultStage, id: string) => Promise<number>,
  ends: readonly string[],
): Fault {
  return {
    name,
    async inject(stage, random, quick) {
      const prefix = `person-${random.below(1_000_000)}`
      const people = Array.from({ length: quick ? 4 : 40 }, (_, index) => `${prefix}-${index}`)
      for (const id of people) await savePerson(stage, id)
      await waitUntilUp(stage, 'email')
      await stage.fleet.kill('email', 'SIGTERM')
      for (const id of people) await postTo(stage, id)
      await waitForRows(stage, people, people.length)
      const changed = people.filter((_, index) => index % 2 === 0)
      const refused: string[] = []
      for (const id of changed) {
        const status = await change(stage, id)
        if (status !== 200) refused.push(`${id}: ${status}`)
      }
      await waitUntilUp(stage, 'email')
      return { count: changed.length, broken: [...refused, ...(await findWrong(stage, people, changed, ends))] }
    },
  }
}

async function savePerson({ api }: FaultStage, id: string): Promise<void> {
  const { status } = await api.call('PUT', `/api/users/${id}`, { body: { email: `${id}@example.com` } })
  if (status !== 200) throw new Error(`save a person: ${status}`)
}

async function postTo({ api }: FaultStage, id: string): Promise<void> {
  const event = { type: 'ORDER', title: 'Order', message: 'It is packed.', recipientIds: [id], channels: ['EMAIL'] }
  const { status } = await api.post(event)
  if (status !== 202) throw new Error(`post an event: ${status}`)
}

async function readRows({ pool }: FaultStage, people: readonly string[]): Promise<Row[]> {
  const { rows } = await pool.query<Row>(
    `SELECT id, "recipientId", status FROM "NotificationDelivery" WHERE "recipientId" = ANY($1)`,
    [people],
  )
  return rows
}

async function waitForRows(stage: FaultStage, people: readonly string[], count: number): Promise<void> {
  await waitUntil(`${count} deliveries planned`, PLANNED_MS_MAX, async () => {
    const seen = (await readRows(stage, people)).length
    return { isSo: seen >= count, seen }
  })
}

async function findWrong(
  stage: FaultStage,
  people: readonly string[],
  changed: readonly string[],
  ends: readonly string[],
): Promise<string[]> {
  const isChanged = new Set(changed)
  return settle(ENDED_MS_MAX, async () => {
    const rows = await readRows(stage, people)
    const handOvers = await readHandOvers(stage)
    const wrong = rows.filter(({ id, recipientId, status }) => {
      const count = handOvers.get(id)?.length ?? 0
      return isChanged.has(recipientId) ? count > 0 || !ends.includes(status) : count !== 1 || status !== 'SENT'
    })
    const changedRows = rows.filter(({ recipientId }) => isChanged.has(recipientId))
    // An erased person has no rows, or rows without an address.
    const isWhole = rows.length - changedRows.length === people.length - changed.length
    const seen = wrong.map(({ id, recipientId, status }) => `${recipientId}: ${id} is ${status}`)
    return { isSo: isWhole && wrong.length === 0, seen }
  })
}

export const PEOPLE_FAULTS: readonly Fault[] = [
  queued(
    'preferences changed while messages wait',
    async ({ api }, userId) => (await api.call('PUT', '/api/preferences', { body: { userId, email: false } })).status,
    ['SUPPRESSED'],
  ),
  queued(
    'people erased while messages wait',
    async ({ api }, id) => (await api.call('DELETE', `/api/users/${id}`)).status,
    ['CANCELLED', 'SUPPRESSED'],
  ),
  {
    name: 'read before it is created',
    async inject(stage, random, quick) {
      const prefix = `early-${random.below(1_000_000)}`
      const people = Array.from({ length: quick ? 3 : 30 }, (_, index) => `${prefix}-${index}`)
      const read = (userId: string) => JSON.stringify({ notificationId: `of-${userId}`, userId })
      await stage.producer.publishMany(people.map((id) => ({ topic: READ_TOPIC, key: id, value: read(id) })))
      await waitForStubs(stage, people)
      for (const id of people) await postLadder(stage, id)
      await waitForRows(stage, people, people.length * 3)
      const broken = await settle(ENDED_MS_MAX, async () => {
        const rows = await readRows(stage, people)
        const seen = rows.filter(({ status }) => status !== 'CANCELLED' && status !== 'DELIVERED')
        return { isSo: seen.length === 0, seen: seen.map(({ id, status }) => `${id} is ${status}`) }
      })
      return { count: people.length, broken }
    },
  },
]

async function waitForStubs({ pool }: FaultStage, people: readonly string[]): Promise<void> {
  const ids = people.map((id) => deriveNotificationId('default', `of-${id}`, id))
  await waitUntil('reads kept', PLANNED_MS_MAX, async () => {
    const { rows } = await pool.query<{ count: number }>(
      'SELECT count(*)::int FROM "Notification" WHERE id = ANY($1) AND "readAt" IS NOT NULL',
      [ids],
    )
    const seen = rows[0]?.count ?? 0
    return { isSo: seen === ids.length, seen }
  })
}

async function postLadder({ api }: FaultStage, id: string): Promise<void> {
  const { status } = await api.post({
    type: 'ORDER',
    message: 'Too late.',
    notificationId: `of-${id}`,
    recipients: [{ userId: id, email: `${id}@example.com` }],
    deliveryStrategy: 'ESCALATION',
    ladder: [
      { channel: 'IN_APP', afterSeconds: 0 },
      { channel: 'EMAIL', afterSeconds: 0 },
      { channel: 'EMAIL', afterSeconds: 1 },
    ],
  })
  if (status !== 202) throw new Error(`post an event: ${status}`)
}
