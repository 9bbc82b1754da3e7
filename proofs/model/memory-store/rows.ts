import type {
  Channel,
  DeliveryStatus,
  EventState,
  Lane,
  OutboxRow,
  Preferences,
  SentChannel,
  StopOn,
} from '@carillon/contracts'
import type { CategoryFacts, TenantFacts } from '@carillon/planning'
import type { DispatchPart } from '@carillon/routing'

/** The tables as far as the stores read and write them. Times are milliseconds; a row is replaced, never changed. */

export interface StoredEvent {
  readonly tenantId: string
  readonly id: string
  readonly type: string
  readonly category: string
  readonly fingerprint: string
  readonly state: EventState
  readonly reason: string | null
  readonly cancelKey: string | null
  readonly recipientCount: number | null
  readonly notificationCount: number
  readonly acceptedAt: number
  readonly plannedAt: number | null
  readonly traceparent: string | null
}

export interface StoredNotification {
  readonly id: string
  readonly tenantId: string
  readonly recipientId: string
  readonly eventId: string | null
  readonly groupId: string | null
  readonly category: string | null
  readonly priority: string | null
  readonly strategy: string | null
  readonly lane: Lane | null
  readonly title: string | null
  readonly message: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly contact: { readonly email?: string; readonly phone?: string } | null
  readonly locale: string | null
  readonly stopOn: StopOn | null
  readonly inInbox: boolean
  readonly traceparent: string | null
  readonly readAt: number | null
  readonly acknowledgedAt: number | null
  readonly cancelledAt: number | null
  readonly expiresAt: number | null
  readonly plannedAt: number | null
  readonly createdAt: number
}

export interface StoredDelivery {
  readonly id: string
  readonly notificationId: string
  readonly tenantId: string
  readonly recipientId: string
  readonly channel: Channel
  readonly step: number
  readonly replay: number
  readonly status: DeliveryStatus
  readonly lane: Lane
  readonly scheduledFor: number | null
  readonly dueAt: number | null
  readonly expiresAt: number
  readonly attemptCount: number
  readonly maxAttempts: number
  readonly resends: number
  readonly possiblySent: boolean
  readonly atMostOnce: boolean
  readonly fence: number
  readonly leaseUntil: number | null
  readonly dispatchId: string | null
  readonly stopOn: StopOn | null
  readonly stopRequestedAt: number | null
  readonly provider: string | null
  readonly reason: string | null
  readonly error: string | null
  readonly sentAt: number | null
  readonly deliveredAt: number | null
}

export interface StoredAttempt {
  readonly deliveryId: string
  readonly number: number
  readonly fence: number
  readonly provider: string | null
  readonly providerMessageId: string | null
  readonly addressHash: string | null
  readonly outcome: string | null
  readonly reason: string | null
  readonly error: string | null
  readonly startedAt: number
  readonly endedAt: number | null
}

export interface StoredDispatch {
  readonly id: string
  readonly channel: SentChannel
  readonly lane: Lane
  readonly parts: readonly DispatchPart[]
  readonly looks: number
  readonly dueAt: number
}

export interface StoredOutbox extends OutboxRow {
  readonly takenAt: number | null
  readonly createdAt: number
}

export interface StoredSuppression {
  readonly tenantId: string
  readonly channel: string
  readonly addressHash: string
  readonly reason: string
  readonly deliveryId: string
}

export interface StoredPerson {
  readonly tenantId: string
  readonly id: string
  readonly email: string | null
  readonly phone: string | null
  readonly locale: string | null
  readonly timeZone: string | null
  readonly preferences: Preferences
}

/** Keyed by primary key; composite keys through `rowKey`. */
export interface Tables {
  events: Map<string, StoredEvent>
  notifications: Map<string, StoredNotification>
  deliveries: Map<string, StoredDelivery>
  attempts: Map<string, StoredAttempt>
  dispatches: Map<string, StoredDispatch>
  outbox: Map<string, StoredOutbox>
  suppressions: Map<string, StoredSuppression>
  people: Map<string, StoredPerson>
  categories: Map<string, CategoryFacts>
  tenants: Map<string, TenantFacts>
  servedChannels: Set<Channel>
}

export type FirstLookMs = Readonly<Record<Lane, number>>

export function rowKey(...columns: readonly (string | number)[]): string {
  return columns.join('\n')
}
