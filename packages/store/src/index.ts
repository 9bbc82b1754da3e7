export {
  type ApiKeyToSave,
  type CredentialStore,
  createCredentialStore,
  type StoredApiKey,
} from './access/credential-store.ts'
export {
  type ClaimedKey,
  createIdempotencyStore,
  type IdempotencyClaim,
  type IdempotencyStore,
} from './access/idempotency-store.ts'
export {
  type AdminStore,
  createAdminStore,
  type DeliveryCount,
  type FailurePage,
  type ReplayAnswer,
  type ReplayedDelivery,
} from './admin/admin-store.ts'
export { type AnalyticsStore, createAnalyticsStore } from './admin/analytics-store.ts'
export { type AuditStore, createAuditStore } from './admin/audit-store.ts'
export {
  type ChannelStatus,
  type ChannelStatusStore,
  createChannelStatusStore,
  type SavedChannelStatus,
} from './admin/channel-status-store.ts'
export { createAudienceStore } from './audiences/audience-store.ts'
export { AUDIT_RULES, type AuditFinding, auditRows } from './audit/audit-rows.ts'
export { openPrisma } from './client.ts'
export { createClockStore } from './clock/clock-store.ts'
export { createDeliveryStore, type DeliveryStorePorts } from './delivery/delivery-store.ts'
export { createLookUpStore } from './delivery/look-up-store.ts'
export type { RefusedMove } from './delivery/record-results.ts'
export { createDigestStore } from './digests/digest-store.ts'
export { createExplainStore, type ExplainStore } from './explain/explain-store.ts'
export { createStatusReader, type StatusReader, type StatusReaderPorts } from './explain/status-reader.ts'
export { createFanoutStore } from './fanout/fanout-store.ts'
export {
  type CancelledEvent,
  type ControlledEvent,
  createEventControlStore,
  type EventControlStore,
} from './held/event-control-store.ts'
export { createHeldClockStore } from './held/held-clock-store.ts'
export {
  type CancelledKey,
  createHeldEventStore,
  type DecidedEvent,
  type HeldEventStore,
} from './held/held-event-store.ts'
export {
  createScheduleStore,
  type ScheduleStore,
  type ScheduleToSave,
  type StoredSchedule,
} from './held/schedule-store.ts'
export { createTimerStore, type StoredTimer, type TimerStore, type TimerToSet } from './held/timer-store.ts'
export { type InboxCacheOptions, inboxKey } from './inbox/inbox-cache.ts'
export {
  createInboxStore,
  type InboxMark,
  type InboxPage,
  type InboxPosition,
  type InboxStore,
  type InboxStorePorts,
} from './inbox/inbox-store.ts'
export { type MigrateOptions, migrate, migrationsDir } from './migrate/migrate.ts'
export type { NotificationName, ReadEventTime } from './notification-names.ts'
export type { Announce } from './outbox/outbox.ts'
export { createDeviceStore, type DeviceStore, type StoredDevice } from './people/device-store.ts'
export { createOptOutStore, type OptOutStore } from './people/opt-out-store.ts'
export { createUserStore, type StoredUser, type UserStore } from './people/user-store.ts'
export { openPool, type PoolOptions } from './pool.ts'
export { isPostgresOutage } from './postgres-outage.ts'
export { createPrivacyStore, type PrivacyStore } from './privacy/privacy-store.ts'
export {
  type CategoryCutoffs,
  type ChannelToClean,
  createRetentionStore,
  type RetentionStore,
} from './privacy/retention-store.ts'
export { createOutcomeWebhookStore, type OutcomeWebhookStore } from './receipts/outcome-webhook-store.ts'
export { createReceiptStore } from './receipts/receipt-store.ts'
export { createRoutingStore, type StorePorts } from './routing/routing-store.ts'
export { type ResealedCounts, resealData } from './sealing/reseal-store.ts'
export { type ArmCounts, createLadderStore, type LadderStore } from './settings/ladder-store.ts'
export { createMailSettingsStore, type MailSettingsStore } from './settings/mail-settings-store.ts'
export { createSettingsStore, type SettingsStore, type TenantToSave } from './settings/settings-store.ts'
export { createTemplateStore, type StoredTemplate, type TemplateStore } from './settings/template-store.ts'
export { createStopStore, type StopStorePorts } from './stop/stop-store.ts'
