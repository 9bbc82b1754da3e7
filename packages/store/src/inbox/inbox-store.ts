import type { InboxItem, UnreadCount } from '@carillon/contracts'
import type { InboxPage, InboxStore } from '@carillon/http-api'
import type { Pool } from 'pg'
import { listNotificationIds, type ReadEventTime } from '../notification-names.ts'
import { onlyRow, runStatement } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import { openJson } from '../sealing/sealed-json.ts'
import { COUNT_UNREAD, FIND_NOTIFICATION, LIST_INBOX, LIST_UNREAD, MARK_NOTIFICATION } from '../sql/inbox.ts'
import { repeatConflicts } from '../transaction.ts'
import { createInboxCache, type InboxCacheOptions, type KeptItem } from './inbox-cache.ts'
import { changeInboxes } from './inbox-changes.ts'

export interface InboxStorePorts {
  readonly pool: Pool
  readonly readEventTime: ReadEventTime
  /** Absent: every page comes from Postgres. */
  readonly cache?: InboxCacheOptions
}

export function createInboxStore({ pool, readEventTime, cache }: InboxStorePorts): InboxStore {
  const cipher = cipherOf(pool)
  const openItem = (item: KeptItem, tenantId: string): InboxItem => {
    return { ...item, metadata: openJson(cipher, tenantId, item.metadata) ?? {} }
  }
  const toItem = (row: ItemRow, tenantId: string) => openItem(describeItem(row), tenantId)
  async function listItems({ tenantId, userId, status, unread, after, limit }: InboxPage): Promise<KeptItem[]> {
    const values = [tenantId, userId, status, unread ?? null, after?.createdAt ?? null, after?.id ?? null, limit]
    const rows = await repeatConflicts('list an inbox', () => runStatement<ItemRow>(pool, LIST_INBOX, values))
    return rows.map(describeItem)
  }
  const kept =
    cache &&
    createInboxCache(cache, ({ tenantId, userId }, limit) =>
      listItems({ tenantId, userId, limit, status: 'all', unread: undefined, after: undefined }),
    )

  return {
    async listInbox(page) {
      const items = (await kept?.findPage(page)) ?? (await listItems(page))
      return items.map((item) => openItem(item, page.tenantId))
    },
    async countUnread(tenantId, userId) {
      const count = await kept?.countUnread({ tenantId, userId })
      if (count) return count
      const rows = await repeatConflicts('count what is unread', () =>
        runStatement<UnreadCount>(pool, COUNT_UNREAD, [tenantId, userId]),
      )
      return onlyRow(rows)
    },
    async listUnread({ tenantId, userId, after, limit }) {
      const values = [tenantId, userId, after?.createdAt ?? null, after?.id ?? null, limit]
      const rows = await repeatConflicts('list what is unread', () =>
        runStatement<{ id: string; createdAt: Date }>(pool, LIST_UNREAD, values),
      )
      return rows.map(({ id, createdAt }) => ({ id, createdAt: createdAt.toISOString() }))
    },
    async findNotification(name) {
      const values = [listNotificationIds(name, readEventTime), name.tenantId, name.userId ?? null]
      const [row] = await repeatConflicts('find a notification', () =>
        runStatement<ItemRow>(pool, FIND_NOTIFICATION, values),
      )
      return row && toItem(row, name.tenantId)
    },
    async markNotification(name, mark) {
      const until = mark.kind === 'snooze' ? mark.until : null
      const values = [listNotificationIds(name, readEventTime), name.tenantId, name.userId, mark.kind, until]
      const [row] = await changeInboxes(pool, [name], () =>
        repeatConflicts('mark a notification', () => runStatement<ItemRow>(pool, MARK_NOTIFICATION, values)),
      )
      return row && toItem(row, name.tenantId)
    },
  }
}

type Time = 'readAt' | 'seenAt' | 'acknowledgedAt' | 'archivedAt' | 'snoozedUntil'
type ItemRow = Omit<InboxItem, Time | 'createdAt' | 'metadata'> & {
  readonly metadata: InboxItem['metadata'] | string
} & Readonly<Record<Time, Date | null>> & { readonly createdAt: Date }

function describeItem(row: ItemRow): KeptItem {
  const { readAt, seenAt, acknowledgedAt, archivedAt, snoozedUntil, createdAt, ...rest } = row
  return {
    ...rest,
    readAt: readAt?.toISOString() ?? null,
    seenAt: seenAt?.toISOString() ?? null,
    acknowledgedAt: acknowledgedAt?.toISOString() ?? null,
    archivedAt: archivedAt?.toISOString() ?? null,
    snoozedUntil: snoozedUntil?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  }
}
