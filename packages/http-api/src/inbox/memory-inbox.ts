import type { InboxItem } from '@carillon/contracts'
import type { NotificationRef } from '../ports.ts'
import type { MemoryNotification } from '../testing.ts'
import type { InboxMark, InboxPage, InboxPosition, InboxStore } from './inbox-store.ts'

/** The inbox's twin in memory. */
export function createMemoryInbox(
  notifications: readonly MemoryNotification[],
  find: (ref: NotificationRef) => MemoryNotification | undefined,
  now: () => Date,
): InboxStore {
  const marks = new Map<MemoryNotification, Partial<InboxItem>>()
  const show = (one: MemoryNotification): InboxItem => ({ ...toItem(one), ...marks.get(one) })
  const isActive = ({ archivedAt, snoozedUntil }: InboxItem) => archivedAt === null && !isAhead(snoozedUntil, now())
  const itemsOf = (tenantId: string, userId: string) =>
    notifications
      .filter((one) => one.tenantId === tenantId && one.userId === userId)
      .map(show)
      .sort((a, b) => compare(b, a))
  const isShown = (item: InboxItem, { status, unread }: InboxPage): boolean => {
    const isAsleep = item.archivedAt === null && isAhead(item.snoozedUntil, now())
    const shown = { all: true, archived: item.archivedAt !== null, snoozed: isAsleep, active: isActive(item) }
    return shown[status] && (unread === undefined || item.read !== unread)
  }
  const listUnread = (tenantId: string, userId: string) =>
    itemsOf(tenantId, userId).filter((item) => !item.read && isActive(item))

  return {
    listInbox: async (page) =>
      itemsOf(page.tenantId, page.userId)
        .filter((item) => isShown(item, page) && isAfter(item, page.after))
        .slice(0, page.limit),
    async countUnread(tenantId, userId) {
      const unread = listUnread(tenantId, userId)
      return { unreadCount: unread.length, unseenCount: unread.filter(({ seenAt }) => seenAt === null).length }
    },
    listUnread: async ({ tenantId, userId, after, limit }) =>
      listUnread(tenantId, userId)
        .filter((item) => isAfter(item, after))
        .slice(0, limit),
    async findNotification(ref) {
      const found = find(ref)
      return found && show(found)
    },
    async markNotification(ref, mark) {
      const found = find(ref)
      if (found === undefined) return undefined
      marks.set(found, { ...marks.get(found), ...applyMark(show(found), mark, now().toISOString()) })
      return show(found)
    },
  }
}

function applyMark({ seenAt, archivedAt }: InboxItem, mark: InboxMark, at: string): Partial<InboxItem> {
  if (mark.kind === 'seen') return { seenAt: seenAt ?? at }
  if (mark.kind === 'snooze') return { snoozedUntil: mark.until }
  return { archivedAt: mark.kind === 'archive' ? (archivedAt ?? at) : null }
}

function toItem({ status: { notification } }: MemoryNotification): InboxItem {
  const { id, message, read, priority, createdAt } = notification
  return {
    ...{ id, message, read, priority, createdAt, eventId: null, type: 'ORDER', category: 'orders', title: null },
    ...{ metadata: {}, readAt: read ? createdAt : null, seenAt: null, acknowledgedAt: null },
    ...{ archivedAt: null, snoozedUntil: null },
  }
}

function isAhead(time: string | null, now: Date): boolean {
  return time !== null && new Date(time) > now
}

function isAfter(item: InboxItem, after: InboxPosition | undefined): boolean {
  return after === undefined || compare(item, after) < 0
}

function compare(a: InboxPosition, b: InboxPosition): number {
  const nameOf = ({ createdAt, id }: InboxPosition) => `${createdAt} ${id}`
  return nameOf(a) < nameOf(b) ? -1 : 1
}
