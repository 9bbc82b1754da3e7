import { factKey, type NotificationToSave, type PlannedChunk, type PlannedEvent } from './routing-store.ts'

const CHUNK_NOTIFICATIONS_MAX = 1_000

/**
 * One statement a chunk. An event with more people than a chunk holds stands in several of them; its row is the same in
 * each, and each person's notification is found or inserted by its own id.
 */
export function splitChunks(
  events: readonly PlannedEvent[],
  notifications: readonly NotificationToSave[],
): readonly PlannedChunk[] {
  if (notifications.length <= CHUNK_NOTIFICATIONS_MAX) return events.length > 0 ? [{ events, notifications }] : []
  const chunks: PlannedChunk[] = []
  for (let start = 0; start < notifications.length; start += CHUNK_NOTIFICATIONS_MAX) {
    const part = notifications.slice(start, start + CHUNK_NOTIFICATIONS_MAX)
    const ids = new Set(part.map(({ tenantId, eventId }) => factKey(tenantId, eventId)))
    const isFirst = start === 0
    const named = events.filter(
      ({ tenantId, id, recipientCount }) => ids.has(factKey(tenantId, id)) || (isFirst && recipientCount === 0),
    )
    chunks.push({ events: named, notifications: part })
  }
  return chunks
}
