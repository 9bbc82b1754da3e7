export { type EmbeddedPostgres, type EmbeddedPostgresOptions, openEmbeddedPostgres } from './open-embedded-postgres.ts'
export { openThrowawayPostgres } from './open-throwaway-postgres.ts'
export type { PostgresProfile } from './server-settings.ts'
export { stopAbandonedPostgres } from './stop-abandoned-postgres.ts'
