import { type InboxItem, inboxItemSchema, type UnreadCount } from '@carillon/contracts'
import type { InboxPage } from '@carillon/http-api'
import { z } from 'zod'
import type { InboxOwner } from './inbox-changes.ts'

/**
 * The newest of one person's inbox, in every state, so that one text answers every first page. What a page shows is
 * decided when it is read: a snooze ends by time alone. Metadata stays as sealed as its row has it.
 */

/** Texts that somebody keeps for us, and forgets when `OnInboxChange` was told. */
export interface InboxTexts {
  remember(key: string, ttlMs: number, load: () => Promise<string>): Promise<string>
}

export interface InboxCacheOptions {
  readonly texts: InboxTexts
  readonly ttlMs: number
  readonly now?: () => Date
}

export interface KeptItem extends Omit<InboxItem, 'metadata'> {
  readonly metadata: InboxItem['metadata'] | string
}

export interface InboxCache {
  /** Undefined where Postgres must be asked. */
  findPage(page: InboxPage): Promise<readonly KeptItem[] | undefined>
  countUnread(owner: InboxOwner): Promise<UnreadCount | undefined>
}

const ITEMS_MAX = 100
/** Metadata may be long; a list of fewer items serves its first pages as well. */
const TEXT_CHARS_MAX = 256_000

const keptSchema = z.object({
  cachedAt: z.iso.datetime(),
  /** Whether there is nothing older. */
  isWhole: z.boolean(),
  items: z.array(inboxItemSchema.extend({ metadata: z.union([z.string(), z.record(z.string(), z.unknown())]) })),
})
type KeptInbox = z.infer<typeof keptSchema>

/** A colon in a tenant's name must not make its key another's. */
export function inboxKey({ tenantId, userId }: InboxOwner): string {
  return `notifications:${tenantId.replaceAll('%', '%25').replaceAll(':', '%3A')}:${userId}`
}

export function createInboxCache(
  { texts, ttlMs, now = () => new Date() }: InboxCacheOptions,
  listNewest: (owner: InboxOwner, limit: number) => Promise<readonly KeptItem[]>,
): InboxCache {
  async function readKept(owner: InboxOwner): Promise<KeptInbox | undefined> {
    const text = await texts.remember(inboxKey(owner), ttlMs, async () => {
      return writeKept(await listNewest(owner, ITEMS_MAX + 1), now())
    })
    return parseKept(text)
  }

  return {
    async findPage(page) {
      if (page.after !== undefined) return undefined
      const kept = await readKept(page)
      const shown = kept?.items.filter((item) => isShown(item, page, now())) ?? []
      return kept?.isWhole || shown.length >= page.limit ? shown.slice(0, page.limit) : undefined
    },
    async countUnread(owner) {
      const kept = await readKept(owner)
      if (!kept?.isWhole) return undefined
      const unread = kept.items.filter((item) => isShown(item, { status: 'active', unread: true }, now()))
      return { unreadCount: unread.length, unseenCount: unread.filter(({ seenAt }) => seenAt === null).length }
    },
  }
}

function writeKept(found: readonly KeptItem[], cachedAt: Date): string {
  const items: KeptItem[] = []
  let chars = 0
  for (const item of found.slice(0, ITEMS_MAX)) {
    chars += JSON.stringify(item).length
    if (chars > TEXT_CHARS_MAX) break
    items.push(item)
  }
  return JSON.stringify({ cachedAt: cachedAt.toISOString(), isWhole: items.length === found.length, items })
}

/** Another version of ours may have written it. */
function parseKept(text: string): KeptInbox | undefined {
  try {
    return keptSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

function isShown(item: KeptItem, { status, unread }: Pick<InboxPage, 'status' | 'unread'>, now: Date): boolean {
  if (unread !== undefined && item.read === unread) return false
  const isArchived = item.archivedAt !== null
  const isAsleep = !isArchived && item.snoozedUntil !== null && new Date(item.snoozedUntil) > now
  return { all: true, archived: isArchived, snoozed: isAsleep, active: !isArchived && !isAsleep }[status]
}
