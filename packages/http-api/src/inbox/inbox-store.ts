import type { InboxItem, InboxStatus, UnreadCount } from '@carillon/contracts'
import type { NotificationRef } from '../ports.ts'

/** Each is one statement. Only what has IN_APP among its channels is in an inbox; a stub is not there yet. */
export interface InboxStore {
  /** The newest first, `after` left out. */
  listInbox(page: InboxPage): Promise<readonly InboxItem[]>
  /** What is neither read, archived nor asleep; and how much of that was never seen. */
  countUnread(tenantId: string, userId: string): Promise<UnreadCount>
  /** The same ones, the newest first. */
  listUnread(page: Pick<InboxPage, 'tenantId' | 'userId' | 'after' | 'limit'>): Promise<readonly InboxPosition[]>
  /** In an inbox or not. */
  findNotification(ref: NotificationRef): Promise<InboxItem | undefined>
  markNotification(ref: Required<NotificationRef>, mark: InboxMark): Promise<InboxItem | undefined>
}

export interface InboxPosition {
  readonly createdAt: string
  readonly id: string
}

export interface InboxPage {
  readonly tenantId: string
  readonly userId: string
  readonly status: InboxStatus
  readonly unread: boolean | undefined
  readonly after: InboxPosition | undefined
  readonly limit: number
}

export type InboxMark =
  | { readonly kind: 'seen' | 'archive' | 'unarchive' }
  | { readonly kind: 'snooze'; readonly until: string | null }
