import { deriveNotificationId } from '@carillon/contracts'
import type { StopRequest } from '@carillon/delivery'
import { ROUTING } from '../differential/run-call.ts'
import type { Tables } from '../memory-store/rows.ts'
import { TENANT } from '../stores.ts'
import type { Scene } from './snapshot.ts'

/** Reads that came over Kafka, also those that came before their notification: none may be forgotten (promise 8). */
export function createReads(nowMs: () => number) {
  const since = new Map<string, number>()

  return {
    /** What was read before stays read since then. */
    note([requests]: readonly unknown[], tables: Tables | undefined): void {
      if (!Array.isArray(requests)) return
      for (const { kind, source, notificationId, userId } of requests as StopRequest[]) {
        if (kind !== 'read' || source !== 'kafka' || userId === undefined) continue
        const id = deriveNotificationId(TENANT, notificationId, userId)
        if (!tables?.notifications.get(id)?.readAt) since.set(id, nowMs())
      }
    },
    check({ tables, fail }: Scene): void {
      for (const [id, atMs] of since) {
        // No event that old is planned any more, so its stub may go.
        if (nowMs() - atMs >= ROUTING.planMaxAgeMs) since.delete(id)
        else if (tables.notifications.get(id)?.readAt === null)
          fail(
            8,
            `${tables.notifications.get(id)?.recipientId} had read ${id} before it was planned, and it says unread`,
          )
      }
    },
  }
}
