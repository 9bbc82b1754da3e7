import type { Random } from '../fleet/random.ts'

export interface EventToPost {
  readonly key: string
  readonly body: object
  /** How many deliveries the plan has, and how many mails it should lead to. */
  readonly deliveries: number
  readonly mails: number
  /** Addresses that the mail server puts off once, or refuses for good. */
  readonly putOff: readonly string[]
  readonly refused: readonly string[]
}

/** Events of every kind until they have so many mails to send. */
export function buildEvents(mails: number, random: Random): EventToPost[] {
  const events: EventToPost[] = []
  for (let planned = 0; planned < mails; planned += events.at(-1)?.mails ?? 1) {
    events.push(buildEvent(events.length, random))
  }
  return events
}

function buildEvent(index: number, random: Random): EventToPost {
  const kind = random.next()
  const addresses = Array.from({ length: kind < 0.1 ? 3 : 1 }, (_, place) => `e${index}-${place}@example.com`)
  const rungs = kind > 0.9 ? 2 : 1
  const hasInbox = kind > 0.4 && kind < 0.6
  const fate = random.next()
  const refused = fate < 0.02 ? addresses : []
  const putOff = fate > 0.95 ? addresses : []
  return {
    key: `order-${index}`,
    deliveries: addresses.length * rungs + (hasInbox ? addresses.length : 0),
    mails: addresses.length * rungs,
    refused,
    putOff,
    body: {
      type: 'ORDER_SHIPPED',
      title: `Order ${index}`,
      message: 'Your order is on its way.',
      recipients: addresses.map((email) => ({ userId: email.slice(0, email.indexOf('@')), email })),
      notificationPriority: random.next() < 0.3 ? 'HIGH' : 'MEDIUM',
      ...(rungs === 1 && { channels: hasInbox ? ['EMAIL', 'IN_APP'] : ['EMAIL'] }),
      ...(rungs === 2 && { deliveryStrategy: 'ESCALATION', ladder: LADDER }),
    },
  }
}

const LADDER = [
  { channel: 'EMAIL', afterSeconds: 0 },
  { channel: 'EMAIL', afterSeconds: 1 },
]
