import { PublishError } from './publish-error.ts'

/** Whether waiting may end it: the broker is away or not ready. What we wrap an error in says where, not what. */
export function isKafkaOutage(error: unknown): boolean {
  if (error instanceof PublishError) return error.retriable
  if (!(error instanceof Error)) return false
  return error.name.startsWith('KafkaJS') || isKafkaOutage(error.cause)
}
