import { factKey, type NotificationToSave, type PlannedChunk, type PlannedEvent } from './routing-store.ts'

const CHUNK_NOTIFICATIONS_MAX = 1_000

interface OpenChunk {
  readonly events: PlannedEvent[]
  readonly notifications: NotificationToSave[]
}

/**
 * One statement a chunk. An event stands whole in one of them, so that none has to know of another's rows, unless it has
 * more people than a chunk holds: then its row is the same in each, and each person's notification is found or inserted by
 * its own id.
 */
export function splitChunks(
  events: readonly PlannedEvent[],
  notifications: readonly NotificationToSave[],
): readonly PlannedChunk[] {
  if (notifications.length <= CHUNK_NOTIFICATIONS_MAX) return events.length > 0 ? [{ events, notifications }] : []
  const byEvent = Map.groupBy(notifications, ({ tenantId, eventId }) => factKey(tenantId, eventId))
  const planned = ({ tenantId, id }: PlannedEvent) => byEvent.get(factKey(tenantId, id)) ?? []
  const chunks: OpenChunk[] = [{ events: events.filter((event) => planned(event).length === 0), notifications: [] }]
  for (const event of events) {
    for (const part of cut(planned(event))) {
      const last = chunks.at(-1)
      if (last && last.notifications.length + part.length <= CHUNK_NOTIFICATIONS_MAX) {
        last.events.push(event)
        last.notifications.push(...part)
      } else chunks.push({ events: [event], notifications: [...part] })
    }
  }
  return chunks.map((chunk) => ({ ...chunk, notifications: chunk.notifications.sort(byId) }))
}

function cut(notifications: readonly NotificationToSave[]): (readonly NotificationToSave[])[] {
  const parts: (readonly NotificationToSave[])[] = []
  for (let start = 0; start < notifications.length; start += CHUNK_NOTIFICATIONS_MAX)
    parts.push(notifications.slice(start, start + CHUNK_NOTIFICATIONS_MAX))
  return parts
}

function byId(a: NotificationToSave, b: NotificationToSave): number {
  return a.id < b.id ? -1 : 1
}
