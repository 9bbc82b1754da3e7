import { randomUUID } from 'node:crypto'
import type { FleetStage } from '@carillon/testkit'
import { waitUntil } from '../fleet/wait-until.ts'

const PEOPLE = 20_000
const CALLERS = 8
const CHUNK_MS_MAX = 300_000

/** Most of a chunk comes by Kafka, some by HTTP; resolves once its messages are sent. Answers how many are in all. */
export async function sendChunk(
  stage: FleetStage,
  sentBefore: number,
  byKafka: number,
  byHttp: number,
): Promise<number> {
  const records = Array.from({ length: byKafka }, (_, index) => {
    const id = randomUUID()
    return { topic: 'notification.events', key: id, value: JSON.stringify({ id, ...buildEvent(sentBefore + index) }) }
  })
  await stage.producer.publishMany(records)
  let left = byHttp
  async function post(): Promise<void> {
    for (; left > 0; ) {
      left -= 1
      const { status } = await stage.api.post(buildEvent(sentBefore + left))
      if (status !== 202) throw new Error(`post an event: ${status}`)
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, post))
  const wanted = sentBefore + byKafka + byHttp
  await waitUntil(`${wanted} sent`, CHUNK_MS_MAX, async () => {
    const seen = await countSent(stage)
    return { isSo: seen >= wanted, seen }
  })
  return wanted
}

function buildEvent(number: number): object {
  const userId = `user-${number % PEOPLE}`
  return {
    type: 'ORDER_SHIPPED',
    title: `Order ${number}`,
    message: 'It left the house this morning.',
    recipients: [{ userId, email: `${userId}@example.com` }],
    channels: ['EMAIL', 'IN_APP'],
    notificationPriority: number % 10 === 0 ? 'HIGH' : 'MEDIUM',
  }
}

async function countSent({ pool }: FleetStage): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int FROM "NotificationDelivery" WHERE status = 'SENT'`,
  )
  return rows[0]?.count ?? 0
}
