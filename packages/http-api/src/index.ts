export type {
  AdminPorts,
  ChannelQueue,
  DeadLetterDesk,
  DeadLetterPlace,
  DeliveryCount,
  DeliveryDesk,
  ReplayedDelivery,
} from './admin/admin-ports.ts'
export type { AnalyticsCounts, AnalyticsDesk } from './admin/analytics-ports.ts'
export { keepFresh } from './admin/keep-fresh.ts'
export type { AudienceStore, StoredSegment, SubscribersChanged } from './audiences/audience-ports.ts'
export type { AuditStore } from './audit/audit-store.ts'
export { type MintedApiKey, mintApiKey } from './auth/api-key.ts'
export { SCOPES, type Scope } from './auth/caller.ts'
export type { JwtOptions, JwtVerifier } from './auth/verify-jwt.ts'
export { createJwtVerifier } from './auth/verify-jwt.ts'
export { createApi } from './create-api.ts'
export type { ExactRoutes } from './exact-routes.ts'
export type { ExplainPorts } from './explain/explain-ports.ts'
export type { DecidedEvent, HeldEvents } from './held/held-ports.ts'
export type { Schedule, Schedules } from './held/schedule-ports.ts'
export type { Timer, Timers, TimerToSet } from './held/timer-ports.ts'
export type { InboxPage, InboxStore } from './inbox/inbox-store.ts'
export type { MailSettingsStore } from './mail-settings/mail-settings.ts'
export type { OutcomeWebhooks } from './outcome-webhook/outcome-webhook.ts'
export type {
  ApiKeyRow,
  ApiKeyToSave,
  ApiPorts,
  ClaimedKey,
  ControlledEvent,
  CredentialStore,
  DependencyCheck,
  DeviceStore,
  EventControl,
  EventPublisher,
  EventToPublish,
  IdempotencyClaim,
  IdempotencyStore,
  NotificationRef,
  Observer,
  PreferenceStore,
  Readiness,
  RequestLine,
  StatusReader,
  StoredApiKey,
  StoredDevice,
  StoredUser,
  UserStore,
} from './ports.ts'
export type { KeptOfPerson, PrivacyStore } from './privacy/privacy-store.ts'
export type { ArmCounts, SettingsAdmin } from './settings/settings-ports.ts'
export type { ApiSettings } from './settings.ts'
export type { Suppressions } from './suppressions/suppression-ports.ts'
export type {
  Previewers,
  StoredTemplate,
  TemplateAdmin,
  TemplatePorts,
  TemplateVersionRow,
} from './templates/template-ports.ts'
export type { UnsubscribePorts } from './unsubscribe/unsubscribe-ports.ts'
export type { WebhookCall, WebhookPorts, WebhookProvider } from './webhooks/webhook-provider.ts'
