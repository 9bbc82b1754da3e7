import type { Priority } from '@carillon/contracts'
import type { EventInput, SendOptions, Sent } from './event-sender.ts'
import type { Notifications } from './notifications.ts'

interface Mapping {
  readonly category: string
  readonly priority: Priority
}

/** What a shop publishes, and how its customers hear of it; the template has the same name. */
const BUSINESS_EVENTS = {
  ORDER_CREATED: { category: 'orders', priority: 'MEDIUM' },
  ORDER_CONFIRMED: { category: 'orders', priority: 'MEDIUM' },
  ORDER_SHIPPED: { category: 'orders', priority: 'MEDIUM' },
  ORDER_DELIVERED: { category: 'orders', priority: 'MEDIUM' },
  ORDER_CANCELLED: { category: 'orders', priority: 'HIGH' },
  PAYMENT_CAPTURED: { category: 'payments', priority: 'MEDIUM' },
  PAYMENT_FAILED: { category: 'payments', priority: 'HIGH' },
  INVENTORY_LOW_STOCK: { category: 'inventory', priority: 'LOW' },
} as const satisfies Readonly<Record<string, Mapping>>

export type BusinessEventName = keyof typeof BUSINESS_EVENTS

export type BusinessEvent = Pick<
  EventInput,
  'variables' | 'recipientIds' | 'recipients' | 'audience' | 'channels' | 'metadata' | 'notificationId' | 'cancelKey'
> & {
  /** What it is about, such as an order's number: the same event of the same thing is told once. */
  readonly about?: string
}

export interface BusinessEvents {
  publishBusinessEvent(name: BusinessEventName, event: BusinessEvent, options?: SendOptions): Promise<Sent>
}

export function createBusinessEvents({
  publishNotification,
}: Pick<Notifications, 'publishNotification'>): BusinessEvents {
  return {
    publishBusinessEvent(name, { about, ...event }, options) {
      const { category, priority } = BUSINESS_EVENTS[name]
      const mapped = { ...event, type: name, templateCode: name, category, notificationPriority: priority }
      const named = about === undefined ? {} : { notificationId: `${name}:${about}` }
      return publishNotification({ ...named, ...mapped }, options)
    },
  }
}
