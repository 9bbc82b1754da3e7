import type { AudienceStore, StoredSegment } from './audience-ports.ts'

/** The store's twin in memory, for tests of the API. It knows no people, so it counts none. */
export function createMemoryAudiences(now: () => Date): AudienceStore {
  const topics = new Map<string, Set<string>>()
  const segments = new Map<string, StoredSegment>()
  const keyOf = (tenantId: string, name: string) => JSON.stringify([tenantId, name])
  const subscribersOf = (tenantId: string, topic: string) => {
    const subscribers = topics.get(keyOf(tenantId, topic)) ?? new Set()
    topics.set(keyOf(tenantId, topic), subscribers)
    return subscribers
  }
  return {
    async addSubscribers(tenantId, topic, userIds) {
      const subscribers = subscribersOf(tenantId, topic)
      const before = subscribers.size
      for (const userId of userIds) subscribers.add(userId)
      return { changed: subscribers.size - before, subscribers: subscribers.size }
    },
    async removeSubscribers(tenantId, topic, userIds) {
      const subscribers = subscribersOf(tenantId, topic)
      const changed = userIds.filter((userId) => subscribers.delete(userId)).length
      return { changed, subscribers: subscribers.size }
    },
    listSubscribers: async (tenantId, topic, { after, limit, only }) =>
      [...subscribersOf(tenantId, topic)]
        .filter((userId) => userId > after && (only ?? userId) === userId)
        .sort()
        .slice(0, limit),
    async saveSegment(tenantId, segment) {
      const stored = { ...segment, updatedAt: now() }
      segments.set(keyOf(tenantId, segment.code), stored)
      return stored
    },
    findSegment: async (tenantId, code) => segments.get(keyOf(tenantId, code)),
    listSegments: async (tenantId) =>
      [...segments].flatMap(([key, segment]) => (key === keyOf(tenantId, segment.code) ? [segment] : [])),
    removeSegment: async (tenantId, code) => segments.delete(keyOf(tenantId, code)),
    countPeople: async () => 0,
  }
}
