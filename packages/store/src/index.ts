export {
  type AdminStore,
  createAdminStore,
  type DeliveryCount,
  type FailurePage,
  type ReplayAnswer,
  type ReplayedDelivery,
} from './admin-store.ts'
export { type AnalyticsStore, createAnalyticsStore } from './analytics-store.ts'
export { createAudienceStore } from './audience-store.ts'
export { AUDIT_RULES, type AuditFinding, auditRows } from './audit/audit-rows.ts'
export { type AuditStore, createAuditStore } from './audit-store.ts'
export {
  type ChannelStatus,
  type ChannelStatusStore,
  createChannelStatusStore,
  type SavedChannelStatus,
} from './channel-status-store.ts'
export { openPrisma } from './client.ts'
export { createClockStore } from './clock-store.ts'
export {
  type ApiKeyToSave,
  type CredentialStore,
  createCredentialStore,
  type StoredApiKey,
} from './credential-store.ts'
export { createDeliveryStore, type DeliveryStorePorts } from './delivery-store.ts'
export { createDeviceStore, type DeviceStore, type StoredDevice } from './device-store.ts'
export { createDigestStore } from './digest-store.ts'
export {
  type CancelledEvent,
  type ControlledEvent,
  createEventControlStore,
  type EventControlStore,
} from './event-control-store.ts'
export { createExplainStore, type ExplainStore } from './explain-store.ts'
export { createFanoutStore } from './fanout-store.ts'
export { createHeldClockStore } from './held-clock-store.ts'
export {
  type CancelledKey,
  createHeldEventStore,
  type DecidedEvent,
  type HeldEventStore,
} from './held-event-store.ts'
export {
  type ClaimedKey,
  createIdempotencyStore,
  type IdempotencyClaim,
  type IdempotencyStore,
} from './idempotency-store.ts'
export { type InboxCacheOptions, inboxKey } from './inbox-cache.ts'
export {
  createInboxStore,
  type InboxMark,
  type InboxPage,
  type InboxPosition,
  type InboxStore,
  type InboxStorePorts,
} from './inbox-store.ts'
export { type ArmCounts, createLadderStore, type LadderStore } from './ladder-store.ts'
export { createLookUpStore } from './look-up-store.ts'
export { createMailSettingsStore, type MailSettingsStore } from './mail-settings-store.ts'
export { type MigrateOptions, migrate, migrationsDir } from './migrate.ts'
export type { NotificationName, ReadEventTime } from './notification-names.ts'
export { createOptOutStore, type OptOutStore } from './opt-out-store.ts'
export type { Announce } from './outbox.ts'
export { createOutcomeWebhookStore, type OutcomeWebhookStore } from './outcome-webhook-store.ts'
export { openPool, type PoolOptions } from './pool.ts'
export { isPostgresOutage } from './postgres-outage.ts'
export { createPrivacyStore, type PrivacyStore } from './privacy-store.ts'
export { createReceiptStore } from './receipt-store.ts'
export type { RefusedMove } from './record-results.ts'
export { type ResealedCounts, resealData } from './reseal-store.ts'
export {
  type CategoryCutoffs,
  type ChannelToClean,
  createRetentionStore,
  type RetentionStore,
} from './retention-store.ts'
export { createRoutingStore, type StorePorts } from './routing-store.ts'
export {
  createScheduleStore,
  type ScheduleStore,
  type ScheduleToSave,
  type StoredSchedule,
} from './schedule-store.ts'
export { createSettingsStore, type SettingsStore, type TenantToSave } from './settings-store.ts'
export { createStatusReader, type StatusReader, type StatusReaderPorts } from './status-reader.ts'
export { createStopStore, type StopStorePorts } from './stop-store.ts'
export { createTemplateStore, type StoredTemplate, type TemplateStore } from './template-store.ts'
export { createTimerStore, type StoredTimer, type TimerStore, type TimerToSet } from './timer-store.ts'
export { createUserStore, type StoredUser, type UserStore } from './user-store.ts'
