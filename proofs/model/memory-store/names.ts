import { deriveNotificationId } from '@carillon/contracts'

export type ReadEventTime = (tenantId: string, eventId: string) => Date | undefined

interface Name {
  readonly tenantId: string
  readonly notificationId: string
  readonly userId?: string
}

const OUR_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Our id, the producer's own name, or the event's id: every notification that a name may mean. */
export function listNotificationIds(name: Name, readEventTime: ReadEventTime): string[] {
  const { tenantId, notificationId, userId } = name
  const ids = listStubIds(name, readEventTime)
  return userId === undefined ? ids : [...new Set([...ids, deriveNotificationId(tenantId, notificationId, userId)])]
}

export function listStubIds({ tenantId, notificationId, userId }: Name, readEventTime: ReadEventTime): string[] {
  const uuid = notificationId.toLowerCase()
  const ids = OUR_ID.test(uuid) ? [uuid] : []
  if (userId === undefined) return ids
  return [...ids, deriveNotificationId(tenantId, notificationId, userId, readEventTime(tenantId, notificationId))]
}
