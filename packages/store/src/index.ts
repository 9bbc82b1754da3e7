export { type CredentialStore, createCredentialStore } from './access/credential-store.ts'
export { createIdempotencyStore, type IdempotencyStore } from './access/idempotency-store.ts'
export { createAdminStore } from './admin/admin-store.ts'
export { createAnalyticsStore } from './admin/analytics-store.ts'
export { createAuditStore, keepOperatorAct } from './admin/audit-store.ts'
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
export { createExplainStore } from './explain/explain-store.ts'
export { createStatusReader, type StatusReaderPorts } from './explain/status-reader.ts'
export { createFanoutStore } from './fanout/fanout-store.ts'
export { createEventControlStore, type EventControlStore } from './held/event-control-store.ts'
export { createHeldClockStore } from './held/held-clock-store.ts'
export { createHeldEventStore } from './held/held-event-store.ts'
export { createScheduleStore } from './held/schedule-store.ts'
export { createTimerStore } from './held/timer-store.ts'
export { type InboxCacheOptions, inboxKey } from './inbox/inbox-cache.ts'
export { createInboxStore, type InboxStorePorts } from './inbox/inbox-store.ts'
export { type MigrateOptions, migrate, migrationsDir } from './migrate/migrate.ts'
export type { NotificationName, ReadEventTime } from './notification-names.ts'
export type { Announce } from './outbox/outbox.ts'
export { createDeviceStore } from './people/device-store.ts'
export { createOptOutStore } from './people/opt-out-store.ts'
export { createSuppressionStore } from './people/suppression-store.ts'
export { createUserStore } from './people/user-store.ts'
export { openPool, PLANS_KEPT_SECONDS, type PoolOptions } from './pool.ts'
export { isPostgresOutage } from './postgres-outage.ts'
export { createPrivacyStore, type PrivacyStore } from './privacy/privacy-store.ts'
export {
  type CategoryCutoffs,
  type ChannelToClean,
  createRetentionStore,
  type RetentionStore,
} from './privacy/retention-store.ts'
export { createOutcomeWebhookStore } from './receipts/outcome-webhook-store.ts'
export { createReceiptStore } from './receipts/receipt-store.ts'
export { createRoutingStore, type StorePorts } from './routing/routing-store.ts'
export { type ResealedCounts, resealData } from './sealing/reseal-store.ts'
export { createLadderStore } from './settings/ladder-store.ts'
export { createMailSettingsStore } from './settings/mail-settings-store.ts'
export { createSettingsStore, type SettingsStore, type TenantToSave } from './settings/settings-store.ts'
export { createTemplateStore, type TemplateStore } from './settings/template-store.ts'
export { createStopStore, type StopStorePorts } from './stop/stop-store.ts'
