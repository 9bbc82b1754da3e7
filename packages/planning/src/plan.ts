import type {
  Channel,
  ChannelTexts,
  DeliveryStatus,
  InlineRecipient,
  LadderStep,
  Lane,
  NotificationEvent,
  Preferences,
  Priority,
  StopOn,
  Strategy,
} from '@carillon/contracts'
import type { DecisionCode } from './decision-codes.ts'

/** Everything that decides what one recipient gets. `now` is the database's, read together with the preferences. */
export interface PlanInput {
  readonly event: NotificationEvent
  readonly recipient: RecipientFacts
  readonly category: CategoryFacts
  readonly tenant: TenantFacts
  /** Channels that a worker serves. */
  readonly servedChannels: ReadonlySet<Channel>
  readonly content: RenderedContent
  /** Notifications committed for this person in the last hour, this one not among them. */
  readonly sentLastHour: number
  readonly policy: PlanningPolicy
  /** What the ladders are called, where they were saved under a name. */
  readonly ladderNames?: LadderNames
  readonly now: Date
}

export type LadderNames = Readonly<
  Partial<Record<'ladder_of_event' | 'ladder_of_category' | 'ladder_of_tenant', string>>
>

export interface RecipientFacts {
  readonly id: string
  /** Named in the event itself; wins over what is stored, for people who are no users yet. */
  readonly inline?: InlineRecipient
  /** Absent for a person that nobody has stored: IN_APP only, unless the event brings an address. */
  readonly user?: {
    readonly email: string | null
    readonly phone: string | null
    readonly locale: string | null
    readonly timeZone: string | null
    readonly preferences: Preferences
    readonly hasPushToken: boolean
  }
  /** Opted out of (STOP, unsubscribe, a suppressed address), as far as is known now; sending looks again. */
  readonly suppressedChannels?: ReadonlySet<Channel>
}

export interface CategoryFacts {
  readonly code: string
  readonly mandatoryChannels: readonly Channel[]
  readonly defaultChannels: readonly Channel[]
  readonly ladder: readonly LadderStep[] | null
  readonly preferences: Preferences | null
  readonly usefulSeconds: number | null
  readonly atMostOnce: boolean
  /** Absent: each message goes by itself. */
  readonly digest?: CategoryDigest | null
}

/** `everySeconds`, or `at`: a time of day on the person's clock. */
export interface CategoryDigest {
  readonly everySeconds?: number | undefined
  readonly at?: string | undefined
  /** As many are listed; all are counted. */
  readonly max: number
  readonly channels: readonly Channel[]
}

export interface TenantFacts {
  readonly timeZone: string | null
  readonly locale: string | null
  readonly ladder: readonly LadderStep[] | null
  readonly preferences: Preferences | null
}

export interface RenderedContent {
  readonly title: string
  readonly message: string
  /** Texts of a template per channel, where one was used. */
  readonly perChannel: ChannelTexts | null
  readonly templateCode: string | null
  readonly templateVersion: number | null
}

export interface PlanningPolicy {
  readonly usefulSecondsDefault: number
  readonly perUserHourlyMax: number
  readonly maxAttempts: Readonly<Record<Channel, number>>
}

export interface Plan {
  readonly notification: PlannedNotification
  readonly deliveries: readonly PlannedDelivery[]
  readonly decisions: readonly Decision[]
}

export interface PlannedNotification {
  readonly category: string
  readonly priority: Priority
  readonly strategy: Strategy
  readonly lane: Lane
  readonly ladder: readonly LadderStep[] | null
  readonly stopOn: StopOn | null
  readonly inInbox: boolean
  readonly locale: string | null
  readonly contact: { readonly email?: string; readonly phone?: string } | null
  readonly expiresAt: Date
}

export interface PlannedDelivery {
  readonly channel: Channel
  readonly step: number
  readonly status: Extract<DeliveryStatus, 'PENDING' | 'SCHEDULED' | 'SUPPRESSED' | 'EXPIRED' | 'DELIVERED'>
  /** When it is due, for SCHEDULED; what people see. */
  readonly scheduledFor: Date | null
  readonly expiresAt: Date
  readonly maxAttempts: number
  readonly stopOn: StopOn | null
  readonly atMostOnce: boolean
  readonly reason: DecisionCode | null
  /** SUPPRESSED as `in_digest`: the one that it becomes a part of. */
  readonly digest?: DigestWindow
}

export interface DigestWindow {
  readonly endsAt: Date
  /** Who finds the window closed goes into the one after it. */
  readonly windowMs: number
  readonly max: number
}

export interface Decision {
  readonly channel: Channel | null
  readonly step: number | null
  readonly code: DecisionCode
  readonly detail?: string
}
