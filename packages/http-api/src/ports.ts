import type {
  DeliveryStatusAnswer,
  EventState,
  EventStatus,
  FanoutStatus,
  Preferences,
  StopAnswer,
  UserInput,
} from '@carillon/contracts'
import type { Device, RateLimiter, StopStore } from '@carillon/delivery'
import type { AdminPorts } from './admin/admin-ports.ts'
import type { AudienceStore } from './audiences/audience-ports.ts'
import type { AuditStore } from './audit/audit-store.ts'
import type { ExplainPorts } from './explain/explain-ports.ts'
import type { HeldEvents } from './held/held-ports.ts'
import type { Schedules } from './held/schedule-ports.ts'
import type { Timers } from './held/timer-ports.ts'
import type { InboxStore } from './inbox/inbox-store.ts'
import type { MailSettingsStore } from './mail-settings/mail-settings.ts'
import type { OutcomeWebhooks } from './outcome-webhook/outcome-webhook.ts'
import type { PrivacyStore } from './privacy/privacy-store.ts'
import type { SettingsAdmin } from './settings/settings-ports.ts'
import type { Suppressions } from './suppressions/suppression-ports.ts'
import type { TemplatePorts } from './templates/template-ports.ts'
import type { UnsubscribePorts } from './unsubscribe/unsubscribe-ports.ts'
import type { WebhookPorts } from './webhooks/webhook-provider.ts'

/**
 * Everything that the API needs of the world outside it. A port that rejects is answered with 503 where
 * `settings.isOutage` says that waiting helps, else with 500.
 */
export interface ApiPorts {
  readonly publisher: EventPublisher
  readonly statuses: StatusReader
  readonly stops: StopStore
  readonly events: EventControl
  readonly audiences: AudienceStore
  readonly held: HeldEvents
  readonly timers: Timers
  readonly schedules: Schedules
  readonly inbox: InboxStore
  readonly admin: AdminPorts
  readonly users: UserStore
  readonly preferences: PreferenceStore
  readonly devices: DeviceStore
  readonly templates: TemplatePorts
  readonly settings: SettingsAdmin
  readonly explain: ExplainPorts
  readonly mailSettings: MailSettingsStore
  readonly audit: AuditStore
  readonly outcomeWebhooks: OutcomeWebhooks
  readonly privacy: PrivacyStore
  readonly suppressions: Suppressions
  readonly credentials: CredentialStore
  readonly idempotency: IdempotencyStore
  readonly readiness: Readiness
  readonly observer: Observer
  /** Absent: nobody counts requests. */
  readonly limiter?: RateLimiter
  /** Absent: no provider is configured. */
  readonly webhooks?: WebhookPorts
  /** Absent: no link of ours leads here. */
  readonly unsubscribes?: UnsubscribePorts
}

export interface EventPublisher {
  /** Resolves once the record is durable (acks=all); rejects otherwise, even when it may be in the log all the same. */
  publish(record: EventToPublish): Promise<unknown>
}

export interface EventToPublish {
  readonly topic: string
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * A notification by our id, or by the producer's own name for it, which needs the person beside it. A name may look like
 * an id of ours: our id is looked up first.
 */
export interface NotificationRef {
  readonly tenantId: string
  readonly notificationId: string
  /** Given: only that person's notification is found. Absent only beside an id of ours. */
  readonly userId?: string
}

/** Each is one statement. A stub (`plannedAt` NULL) is not there yet. */
export interface StatusReader {
  readDeliveryStatus(ref: NotificationRef): Promise<DeliveryStatusAnswer | undefined>
  /** From the Event row; notification ids in id order, at most 100. */
  readEventStatus(tenantId: string, eventId: string): Promise<EventStatus | undefined>
}

/** What people decide of a whole event. Each answers how it stands afterwards; undefined where there is none. */
export interface EventControl {
  pauseEvent(tenantId: string, eventId: string): Promise<ControlledEvent | undefined>
  resumeEvent(tenantId: string, eventId: string): Promise<ControlledEvent | undefined>
  /**
   * No chunk begins, and nothing that was held is planned, after its first commit; answers when all that waited is ended. With
   * `queuedSince` also one that has no row, because it was accepted then and still waits in the log.
   */
  cancelEvent(tenantId: string, eventId: string, queuedSince?: Date): Promise<CancelledEvent | undefined>
}

export interface ControlledEvent {
  readonly state: EventState
  /** Null for an event that is planned at once. */
  readonly fanout: FanoutStatus | null
}

export interface CancelledEvent extends ControlledEvent, Readonly<Record<StopAnswer, number>> {}

/** What is known of a person; fields that nobody gave are null, empty or {}. */
export interface StoredUser {
  readonly id: string
  readonly email: string | null
  readonly phone: string | null
  readonly roles: readonly string[]
  readonly attributes: Readonly<Record<string, unknown>>
  readonly locale: string | null
  readonly timeZone: string | null
  readonly preferences: Preferences
}

export interface UserStore {
  findUser(tenantId: string, userId: string): Promise<StoredUser | undefined>
  /** One upsert. A field that is absent stays as it is, null clears it; `preferences` are merged as `savePreferences` does. */
  saveUser(tenantId: string, userId: string, user: UserInput): Promise<StoredUser>
}

export interface PreferenceStore {
  /** Undefined for somebody who was never stored. */
  findPreferences(tenantId: string, userId: string): Promise<Preferences | undefined>
  /**
   * One upsert that creates the person where needed, and answers what is stored then. Top-level fields that are absent
   * stay as they are, so that nobody's opt-out is lost by a form that shows half of them; `categories` are merged by
   * code, each given one replacing the stored one; `quietHours: null` removes them.
   */
  savePreferences(tenantId: string, userId: string, preferences: Preferences): Promise<Preferences>
}

/** Each is one statement. How many were removed is answered; a device of somebody else's counts as none. */
export interface DeviceStore {
  /** Takes the token from whoever had it, creates the person where needed, and keeps the newest twenty. */
  registerDevice(tenantId: string, userId: string, device: Device): Promise<StoredDevice>
  /** The last one seen first. */
  listDevices(tenantId: string, userId: string): Promise<readonly StoredDevice[]>
  removeDevice(
    tenantId: string,
    userId: string,
    device: { readonly token: string } | { readonly id: string },
  ): Promise<number>
  removeAllDevices(tenantId: string, userId: string): Promise<number>
}

/** A device without its token: whoever has that can send to it. */
export interface StoredDevice {
  /** Made of the token, so that an app can tell which one it is. */
  readonly id: string
  readonly platform: Device['platform']
  readonly createdAt: Date
  readonly lastSeenAt: Date
}

export interface CredentialStore {
  /** Also finds keys that are expired or revoked: the API says the same of them as of an unknown one. */
  findApiKey(id: string): Promise<ApiKeyRow | undefined>
  listApiKeys(tenantId: string): Promise<readonly StoredApiKey[]>
  /** Undefined when its name has two keys that live. */
  addApiKey(key: ApiKeyToSave): Promise<StoredApiKey | undefined>
  /** A new key with the name, scopes and end of the old one, which goes on for so long. */
  rotateApiKey(
    tenantId: string,
    id: string,
    next: { readonly id: string; readonly secretHash: string },
    overlapSeconds: number,
  ): Promise<StoredApiKey | 'unknown' | 'two_live'>
  /** False for a key that is unknown, another tenant's, or revoked before. */
  revokeApiKey(tenantId: string, id: string): Promise<boolean>
  /** Writes at most once a minute. */
  recordApiKeyUse(id: string): Promise<void>
}

export interface ApiKeyRow {
  readonly tenantId: string
  /** sha256 of the secret, hex. */
  readonly secretHash: string
  readonly scopes: readonly string[]
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
}

export interface StoredApiKey extends ApiKeyRow {
  readonly id: string
  readonly name: string
  readonly lastUsedAt: Date | null
  readonly createdAt: Date
}

export type ApiKeyToSave = Omit<StoredApiKey, 'revokedAt' | 'lastUsedAt' | 'createdAt'>

export interface IdempotencyStore {
  /**
   * Binds the key to this event for 48 hours, in one statement; a row older than that counts as none and is replaced.
   * When the key is bound already: the event that it is bound to, and whether its fingerprint is the same.
   */
  claimKey(claim: IdempotencyClaim): Promise<ClaimedKey>
}

export interface IdempotencyClaim {
  readonly tenantId: string
  readonly key: string
  readonly fingerprint: string
  readonly eventId: string
}

export interface ClaimedKey {
  /** The event that the key stands for: ours, or that of the first who claimed it. */
  readonly eventId: string
  readonly isSame: boolean
}

export interface Readiness {
  /** One line a dependency; never throws, and answers within a few seconds. */
  checkReadiness(): Promise<readonly DependencyCheck[]>
}

export interface DependencyCheck {
  readonly name: string
  readonly ok: boolean
  readonly problem?: string
}

/** Logs and metrics; http-api knows neither. */
export interface Observer {
  recordRequest(line: RequestLine): void
  recordFailure(action: string, requestId: string, error: unknown): void
  readMetrics(): Promise<{ readonly contentType: string; readonly body: string }>
}

/** One wide line a request: ids and outcomes, no address, text or secret. */
export interface RequestLine {
  readonly requestId: string
  readonly method: string
  /** The route's pattern, never the URL: URLs hold ids of people. */
  readonly route: string
  readonly status: number
  readonly code?: string
  readonly durationMs: number
  readonly tenantId?: string
  readonly eventId?: string
  readonly traceId?: string
}
