import { afterAll, beforeAll, beforeEach } from 'vitest'
import { openTestStore, type TestStore } from './open-test-store.ts'

/** For a file whose tests each begin with nothing planned and nothing announced. Gives the store once it is open. */
export function useEmptiedStore(): () => TestStore {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore()
  })
  afterAll(() => store.close())
  beforeEach(async () => {
    store.announced.splice(0)
    await store.pool.query(
      'TRUNCATE "Notification", "NotificationDelivery", "DeliveryAttempt", "Dispatch", "Outbox", "Event"',
    )
  })
  return () => store
}
