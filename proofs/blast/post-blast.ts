import { EVENTS_TOPIC } from '@carillon/contracts'
import type { FleetStage } from '@carillon/testkit'

const PEOPLE_AN_EVENT = 500

/** Written to Kafka as another service would, because this is about what comes after. */
export async function postBlast({ producer }: FleetStage, name: string, count: number): Promise<void> {
  const people = Array.from({ length: count }, (_, index) => `${name}-${index}`)
  for (let from = 0; from < count; from += PEOPLE_AN_EVENT) {
    const recipients = people
      .slice(from, from + PEOPLE_AN_EVENT)
      .map((userId) => ({ userId, email: `${userId}@example.com` }))
    const event = {
      id: `${name}-event-${from}`,
      type: 'NEWS',
      title: 'News',
      message: 'There is something new.',
      recipients,
      channels: ['EMAIL'],
      deliveryStrategy: 'BROADCAST',
    }
    await producer.publishMany([{ topic: EVENTS_TOPIC, key: event.id, value: JSON.stringify(event) }])
  }
}

/** One urgent mail; answers when it was posted. */
export async function postUrgent({ api }: FleetStage, userId: string): Promise<number> {
  const postedAtMs = Date.now()
  const { status } = await api.post({
    type: 'LOGIN',
    title: 'Code',
    message: 'Your code is 123456.',
    recipients: [{ userId, email: `${userId}@example.com` }],
    channels: ['EMAIL'],
    notificationPriority: 'HIGH',
  })
  if (status !== 202) throw new Error(`post an urgent mail: ${status}`)
  return postedAtMs
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
