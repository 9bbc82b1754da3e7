import type {
  AcknowledgeAnswer,
  InboxItem,
  InboxStatus,
  inboxAnswerSchema,
  markedAnswerSchema,
  Preferences,
  PreferencesAnswer,
  ReadAnswer,
  UnreadCount,
  updatedAnswerSchema,
} from '@carillon/contracts'
import type { z } from 'zod'
import type { AnswerShape } from './answer-shape.ts'
import type { Ask } from './http.ts'

export interface InboxQuery {
  readonly status?: InboxStatus
  readonly unread?: boolean
  readonly cursor?: string
  readonly limit?: number
}

export interface Inbox {
  list(query?: InboxQuery): Promise<z.infer<typeof inboxAnswerSchema>>
  /** Everything, page after page, the newest first. */
  listAll(query?: Omit<InboxQuery, 'cursor'>): AsyncGenerator<InboxItem, void>
  get(id: string): Promise<InboxItem>
  countUnread(): Promise<UnreadCount>
  /** Also stops what has not been sent of it yet, and says how much that was. */
  read(id: string): Promise<ReadAnswer>
  /** Answers how many were not read before. */
  readMany(ids: readonly string[]): Promise<number>
  readAll(): Promise<number>
  see(id: string): Promise<InboxItem>
  archive(id: string, archived?: boolean): Promise<InboxItem>
  /** Null wakes it up at once. */
  snooze(id: string, until: Date | string | null): Promise<InboxItem>
  acknowledge(id: string): Promise<AcknowledgeAnswer>
  getPreferences(): Promise<PreferencesAnswer>
  setPreferences(preferences: Preferences): Promise<PreferencesAnswer>
}

const COUNTS = { unreadCount: 'number', unseenCount: 'number' } as const
const UPDATED = { updatedCount: 'number' } as const
const PREFERENCES = { categories: 'object' } as const

/** With a person's token the inbox is theirs; with an API key `userId` says whose it is. */
export function createInbox(ask: Ask, userId?: string): Inbox {
  const whose = userId === undefined ? {} : { userId }
  const at = (id: string) => `/api/notifications/${encodeURIComponent(id)}`
  const post = <Answer>(path: string, needs: AnswerShape, body: object = {}) =>
    ask<Answer>({ method: 'POST', path, body: { ...body, ...whose }, needs })
  const mark = async (path: string, body?: object) =>
    (await post<z.infer<typeof markedAnswerSchema>>(path, { notification: 'object' }, body)).notification
  const list = (query: InboxQuery = {}) =>
    ask<z.infer<typeof inboxAnswerSchema>>({
      method: 'GET',
      path: '/api/notifications',
      query: { ...query, ...whose },
      needs: { notifications: 'list' },
    })

  return {
    list,
    async *listAll(query) {
      for (let cursor: string | undefined; ; ) {
        const page = await list({ ...query, ...(cursor !== undefined && { cursor }) })
        yield* page.notifications
        if (page.nextCursor === null) return
        cursor = page.nextCursor
      }
    },
    get: (id) => ask<InboxItem>({ method: 'GET', path: at(id), query: whose, needs: { id: 'text' } }),
    countUnread: () =>
      ask<UnreadCount>({ method: 'GET', path: '/api/notifications/unread-count', query: whose, needs: COUNTS }),
    read: (id) => post<ReadAnswer>(`${at(id)}/read`, { notification: 'object', stopped: 'object' }),
    async readMany(ids) {
      const path = '/api/notifications/read-multiple'
      return (await post<z.infer<typeof updatedAnswerSchema>>(path, UPDATED, { notificationIds: [...ids] }))
        .updatedCount
    },
    readAll: async () =>
      (await post<z.infer<typeof updatedAnswerSchema>>('/api/notifications/read-all', UPDATED)).updatedCount,
    see: (id) => mark(`${at(id)}/seen`),
    archive: (id, archived = true) => mark(`${at(id)}/archive`, { archived }),
    snooze: (id, until) => mark(`${at(id)}/snooze`, { until: until instanceof Date ? until.toISOString() : until }),
    acknowledge: (id) => post<AcknowledgeAnswer>(`${at(id)}/acknowledge`, { notification: 'object' }),
    getPreferences: () =>
      ask<PreferencesAnswer>({ method: 'GET', path: '/api/preferences', query: whose, needs: PREFERENCES }),
    setPreferences: (preferences) =>
      ask<PreferencesAnswer>({
        method: 'PUT',
        path: '/api/preferences',
        body: { ...preferences, ...whose },
        needs: PREFERENCES,
      }),
  }
}
