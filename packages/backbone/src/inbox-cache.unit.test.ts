import { expect, it, vi } from 'vitest'
import { openInboxCache } from './inbox-cache.ts'

const createLog = () => ({ debug: vi.fn(), info: vi.fn(), warn: vi.fn() })

it('keeps no inbox in the memory of one process, where nobody hears what another one commits, and says so', async () => {
  const log = createLog()
  expect(await openInboxCache('api', { NOTIFICATION_CACHE: true, REDIS_URL: undefined }, log)).toBeUndefined()
  expect(log.warn).toHaveBeenCalledWith({ missing: 'REDIS_URL' }, 'inbox.uncached')
})

it('opens nothing where nobody asked for it', async () => {
  const log = createLog()
  expect(
    await openInboxCache('api', { NOTIFICATION_CACHE: false, REDIS_URL: 'redis://nowhere.test' }, log),
  ).toBeUndefined()
  expect(log.warn).not.toHaveBeenCalled()
})
