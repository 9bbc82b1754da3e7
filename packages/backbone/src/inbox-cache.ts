import type { Cache, RedisLog } from '@carillon/redis'
import { inboxKey, type PoolOptions } from '@carillon/store'
import { openSharedMemory } from './shared-memory.ts'

/** Behind the name of a connection to Postgres, so that `carillon doctor` sees who forgets what it changes. */
export const CACHES_INBOXES = '+inboxes'

export interface InboxCache {
  readonly texts: Cache
  readonly forget: NonNullable<PoolOptions['onInboxChange']>
  close(): Promise<void>
}

export interface InboxCacheSettings {
  readonly NOTIFICATION_CACHE: boolean
  readonly REDIS_URL?: string | undefined
}

/**
 * Only by Redis: in the memory of one process nobody hears what another one commits, and no process can tell whether it
 * is the only one.
 */
export async function openInboxCache(
  name: string,
  config: InboxCacheSettings,
  log: RedisLog,
): Promise<InboxCache | undefined> {
  if (!config.NOTIFICATION_CACHE) return undefined
  if (!config.REDIS_URL) {
    log.warn({ missing: 'REDIS_URL' }, 'inbox.uncached')
    return undefined
  }
  const { cache: texts, close } = await openSharedMemory({ name: `${name}-inboxes`, config, log })
  return { texts, forget: (owners) => texts.forget([...new Set(owners.map(inboxKey))]), close }
}
