import { deriveNotificationId } from '@carillon/contracts'

/**
 * A notification is called by our id, by the producer's own name for it, or by its event's id; the latter two with the
 * person beside them. Ids are a function of names, so a name is resolved without a look-up, and also before its
 * notification exists.
 */

/** The time inside a genuine event id of ours, as `readEventTime` of contracts with the installation's keys. */
export type ReadEventTime = (tenantId: string, eventId: string) => Date | undefined

export interface NotificationName {
  readonly tenantId: string
  readonly notificationId: string
  readonly userId?: string
}

// Ours are version 8; any other UUID is somebody's own name for something.
const OUR_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Every id that the name may mean, the likeliest first. */
export function listNotificationIds(name: NotificationName, readEventTime: ReadEventTime): string[] {
  const { tenantId, notificationId, userId } = name
  const ids = listStubIds(name, readEventTime)
  if (userId !== undefined) ids.push(deriveNotificationId(tenantId, notificationId, userId))
  return [...new Set(ids)]
}

/** Where a read waits for its notification: a version 8 UUID may be ours, and may be a producer's name. */
export function listStubIds(name: NotificationName, readEventTime: ReadEventTime): string[] {
  const { tenantId, notificationId, userId } = name
  const uuid = notificationId.toLowerCase()
  const ids = OUR_ID.test(uuid) ? [uuid] : []
  if (userId === undefined) return ids
  return [...ids, deriveNotificationId(tenantId, notificationId, userId, readEventTime(tenantId, notificationId))]
}
