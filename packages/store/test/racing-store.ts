import { afterAll, beforeAll, expect } from 'vitest'
import { buildChunk, type EventToBuild } from './build-chunk.ts'
import { openTestStore, type TestStore } from './open-test-store.ts'

/**
 * For a file that works from several connections at once. Deadlocks would be repeated in silence, so they are counted at the
 * end. Answers with what gives the store once it is open.
 */
export function useRacingStore(): () => TestStore {
  let store: TestStore
  beforeAll(async () => {
    store = await openTestStore({ connections: 12 })
  })
  afterAll(async () => {
    const deadlocks = await store.countDeadlocks()
    await store.close()
    expect(deadlocks).toBe(0)
  })
  return () => store
}

export function shuffle<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}

export function saveEmails(store: TestStore, count: number, event: EventToBuild = {}) {
  const events = Array.from({ length: count }, () => ({ deliveries: [{ channel: 'EMAIL' as const }], ...event }))
  return store.routing.savePlans(buildChunk(...events))
}
