import type { Channel, FanoutRecord, Lane, NotificationEvent, SentChannel } from '@carillon/contracts'
import type { CategoryFacts, Plan, RecipientFacts, RenderedContent, TenantFacts } from '@carillon/planning'
import type { SavedLadders } from './choose-ladders.ts'
import type { HeldStore } from './held/hold-events.ts'

/** What routing needs of the database. */
export interface RoutingStore extends HeldStore {
  /** One load of everything that a batch is planned from, and the database's clock with it. */
  loadFacts(request: FactsRequest): Promise<Facts>
  /** One transaction: events, notifications (inserted, or filled where a read came first), deliveries, dispatches. */
  savePlans(chunk: PlannedChunk): Promise<SavedChunk>
  /** What the publish of a dispatch's wake-ups was acknowledged with. */
  recordPublished(dispatches: readonly PublishedDispatch[]): Promise<void>
  /** One transaction: each event, and the row from which its people are taken chunk by chunk. */
  startFanouts(fanouts: readonly FanoutToStart[]): Promise<StartedFanouts>
  /**
   * For events that are refused for good: the row that GET /api/events/:id answers from. Answers with those that were
   * accepted before, with the same content: their rows stay what they are.
   */
  saveRefusals(refusals: readonly RefusedEvent[]): Promise<readonly AcceptedEvent[]>
}

export interface FactsRequest {
  /** The events that are to be planned: what is there of them already does not count against anybody's limit again. */
  readonly eventIds: readonly string[]
  readonly people: readonly { readonly tenantId: string; readonly recipientId: string }[]
  /** Fewer notifications than these within the hour are none: whoever had them is far from any limit. Default: 1. */
  readonly countedFrom?: number
  readonly categories: readonly { readonly tenantId: string; readonly code: string }[]
  readonly tenantIds: readonly string[]
  /** Those that events name; those of categories and tenants come with them. */
  readonly ladders?: readonly { readonly tenantId: string; readonly name: string }[]
}

export interface PersonFacts extends RecipientFacts {
  readonly sentLastHour: number
  /** Nothing that was accepted before is planned for them. */
  readonly erasedAt?: Date
}

export interface Facts {
  readonly now: Date
  /**
   * Keyed by `factKey(tenantId, recipientId)`; without `inline`, which comes from the event. Who is no user, was not erased
   * and had nothing that counts is absent.
   */
  readonly people: ReadonlyMap<string, PersonFacts>
  /** Keyed by `factKey(tenantId, code)`; a category that nobody stored is absent. */
  readonly categories: ReadonlyMap<string, CategoryFacts>
  readonly tenants: ReadonlyMap<string, TenantFacts>
  /** Absent: nobody named one. */
  readonly ladders?: SavedLadders
  /** Channels with a ChannelStatus row, stopped ones too because their rows wait; and IN_APP. */
  readonly servedChannels: ReadonlySet<Channel>
}

/** Unambiguous, because no identifier holds a line break. Made several times for every record, so it is no JSON. */
export function factKey(tenantId: string, id: string): string {
  return `${tenantId}\n${id}`
}

export interface PlannedChunk {
  readonly events: readonly PlannedEvent[]
  /** Unique by id, in id order (D8). */
  readonly notifications: readonly NotificationToSave[]
}

export interface PlannedEvent {
  readonly tenantId: string
  readonly id: string
  readonly type: string
  readonly category: string
  readonly fingerprint: string
  readonly cancelKey: string | null
  /** Null until an audience has been resolved. */
  readonly recipientCount: number | null
  readonly acceptedAt: Date
  readonly traceparent: string | null
}

export interface NotificationToSave {
  readonly id: string
  readonly tenantId: string
  readonly recipientId: string
  readonly eventId: string
  readonly event: NotificationEvent
  /** Rendered for this person, and frozen. */
  readonly content: RenderedContent
  /** `name:a` or `name:b` where an experiment chose the ladder. */
  readonly experiment: string | null
  readonly traceparent: string | null
  readonly plan: Plan
  /** Same order as `plan.deliveries`. */
  readonly deliveryIds: readonly string[]
}

export interface FanoutToStart {
  readonly planned: PlannedEvent
  readonly event: NotificationEvent
}

export interface StartedFanouts {
  /** Those that nobody works on: new ones, and those whose record may have been lost. */
  readonly waiting: readonly FanoutRecord[]
  readonly conflicts: SavedChunk['conflicts']
}

export interface SavedChunk {
  /** Every PENDING delivery that this transaction wrote, with the dispatch that watches it. */
  readonly wakeUps: readonly WakeUp[]
  /** PENDING rows of notifications that were there before: a router may have died between commit and publish. */
  readonly repeated: readonly WakeUp[]
  /** Events whose id, or whose notification, was there before with other content; or stood in another tenant's stub. */
  readonly conflicts: readonly { readonly tenantId: string; readonly eventId: string; readonly message: string }[]
  readonly insertedNotifications: number
  readonly insertedDeliveries: number
}

export interface WakeUp extends Question {
  readonly dispatchId: string
}

/** A wake-up that nothing but its own row watches. */
export interface Question {
  readonly deliveryId: string
  readonly notificationId: string
  readonly tenantId: string
  readonly recipientId: string
  readonly channel: SentChannel
  readonly lane: Lane
}

export interface PublishedDispatch {
  readonly id: string
  readonly parts: readonly DispatchPart[]
}

export interface DispatchPart {
  readonly partition: number | null
  readonly lastOffset: number | null
  readonly ids: readonly string[]
}

export interface AcceptedEvent {
  readonly tenantId: string
  readonly id: string
}

export interface RefusedEvent {
  readonly tenantId: string
  readonly id: string
  readonly type: string
  readonly category: string
  readonly fingerprint: string
  readonly reason: string
  readonly acceptedAt: Date
}
