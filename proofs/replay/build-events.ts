import type { Random } from '../fleet/random.ts'

export interface EventToReplay {
  readonly id: string
  readonly topic: string
  readonly value: string
}

const PEOPLE = 500
export const personId = (number: number) => `person-${number}`

/**
 * Of every kind that the fleet plans: both lanes, both strategies, several people, groups named by their producer; and
 * events that wait for a time after `startMs`, give way under a key, or wait for an approval that never comes.
 */
export function buildEvents(count: number, random: Random, startMs: number): EventToReplay[] {
  return Array.from({ length: count }, (_, index) => buildEvent(index, random, startMs))
}

export function countPeople(): number {
  return PEOPLE
}

function buildEvent(index: number, random: Random, startMs: number): EventToReplay {
  const id = `order-${index}`
  const people = 1 + random.below(3)
  const isUrgent = random.next() < 0.25
  const event = {
    id,
    type: 'ORDER_SHIPPED',
    title: `Order ${index}`,
    message: 'Your order is on its way.',
    recipientIds: Array.from({ length: people }, () => personId(random.below(PEOPLE))),
    notificationPriority: isUrgent ? 'HIGH' : 'MEDIUM',
    category: random.pick(['orders', 'news', 'unheard-of']),
    ...(random.next() < 0.2 && { notificationId: `shipment-${index}` }),
    ...random.pick<object>([
      { channels: ['EMAIL'] },
      { channels: ['EMAIL', 'IN_APP'] },
      {},
      { deliveryStrategy: 'ESCALATION', ladder: LADDER },
      { deliveryStrategy: 'ESCALATION', channels: ['IN_APP', 'EMAIL'] },
    ]),
    ...(random.next() < HELD_SHARE && buildHold(random, startMs)),
  }
  return { id, topic: isUrgent ? 'notification.events.urgent' : 'notification.events', value: JSON.stringify(event) }
}

const HELD_SHARE = 0.2
const KEYS = 10
const WAIT_MS_MAX = 5_000

function buildHold(random: Random, startMs: number): object {
  const sendAt = new Date(startMs + random.below(WAIT_MS_MAX)).toISOString()
  const cancelKey = `slot-${random.below(KEYS)}`
  return random.pick<object>([
    { sendAt },
    { sendAt, cancelKey },
    { sendAt, cancelKey, onSameKey: 'keep' },
    { cancelKey },
    { requiresApproval: true },
  ])
}

const LADDER = [
  { channel: 'IN_APP', afterSeconds: 0 },
  { channel: 'EMAIL', afterSeconds: 1 },
  { channel: 'EMAIL', afterSeconds: 2 },
]
