export type { AdminPorts, ChannelQueue, DeadLetterDesk } from './admin/admin-ports.ts'
export { keepFresh } from './admin/keep-fresh.ts'
export { type MintedApiKey, mintApiKey } from './auth/api-key.ts'
export { SCOPES, type Scope } from './auth/caller.ts'
export type { JwtOptions, JwtVerifier } from './auth/verify-jwt.ts'
export { createJwtVerifier } from './auth/verify-jwt.ts'
export { createApi } from './create-api.ts'
export type { ExplainPorts } from './explain/explain-ports.ts'
export type {
  ApiKeyRow,
  ApiPorts,
  CredentialStore,
  DependencyCheck,
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
  StoredUser,
  UserStore,
} from './ports.ts'
export type { SettingsAdmin } from './settings/settings-ports.ts'
export type { ApiSettings } from './settings.ts'
export type { Previewers, TemplatePorts } from './templates/template-ports.ts'
export type { UnsubscribePorts } from './unsubscribe/unsubscribe-ports.ts'
export type { WebhookCall, WebhookPorts, WebhookProvider } from './webhooks/webhook-provider.ts'
