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

/** Events of every kind until they have so many mails to send, to people whose names begin with `prefix`. */
export function buildEvents(mails: number, random: Random, prefix = 'e'): EventToPost[] {
  const events: EventToPost[] = []
  for (let planned = 0; planned < mails; planned += events.at(-1)?.mails ?? 1) {
    events.push(buildEvent(events.length, random, prefix))
  }
  return events
}

/** The event with that number. */
export function buildEvent(index: number, random: Random, prefix: string): EventToPost {
  const kind = random.next()
  const addresses = Array.from({ length: kind < 0.1 ? 3 : 1 }, (_, place) => `${prefix}${index}-${place}@example.com`)
  const rungs = kind > 0.9 ? 2 : 1
  const hasInbox = kind > 0.4 && kind < 0.6
  const fate = random.next()
  const refused = fate < 0.02 ? addresses : []
  const putOff = fate > 0.95 ? addresses : []
  return {
    key: `order-${prefix}${index}`,
    deliveries: addresses.length * rungs + (hasInbox ? addresses.length : 0),
    mails: addresses.length * rungs,
    refused,
    putOff,
    body: {
      type: 'ORDER_SHIPPED',
      title: `Order ${index}`,
      message: 'Your order is on its way.',
      recipients: addresses.map((email) => ({ userId: nameOf(email), email })),
      notificationPriority: random.next() < 0.3 ? 'HIGH' : 'MEDIUM',
      ...(rungs === 1 && { channels: hasInbox ? ['EMAIL', 'IN_APP'] : ['EMAIL'] }),
      ...(rungs === 2 && { deliveryStrategy: 'ESCALATION', ladder: LADDER }),
    },
  }
}

function nameOf(address: string): string {
  return address.slice(0, address.indexOf('@'))
}

const LADDER = [
  { channel: 'EMAIL', afterSeconds: 0 },
  { channel: 'EMAIL', afterSeconds: 1 },
]
