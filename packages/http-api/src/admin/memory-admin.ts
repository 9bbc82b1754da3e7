import type { DeadLetterLine, FailedDelivery } from '@carillon/contracts'
import type { AdminPorts, ChannelQueue, DeliveryCount, ReplayedDelivery } from './admin-ports.ts'

/** What operators see, in memory; tests fill it. */
export interface MemoryAdmin {
  readonly counts: (DeliveryCount & { readonly tenantId: string })[]
  readonly failures: (FailedDelivery & { readonly tenantId: string })[]
  readonly letters: DeadLetterLine[]
  readonly queues: ChannelQueue[]
  /** How many deliveries are still to be cleaned. */
  old: { left: number }
}

export function createMemoryAdmin(): MemoryAdmin & { readonly ports: AdminPorts } {
  const memory: MemoryAdmin = {
    counts: [],
    failures: [],
    letters: [],
    queues: [{ channel: 'EMAIL', paused: false, simulated: false, stopped: null, lag: 0 }],
    old: { left: 0 },
  }
  const isOfTenant = (tenantId: string) => (one: { readonly tenantId: string }) => one.tenantId === tenantId
  const ports: AdminPorts = {
    deliveries: {
      countDeliveries: async (tenantId) => memory.counts.filter(isOfTenant(tenantId)),
      listFailures: async ({ tenantId, channel, after, limit }) =>
        memory.failures
          .filter(isOfTenant(tenantId))
          .filter((one) => channel === undefined || one.channel === channel)
          .filter((one) => after === undefined || one.createdAt < after.createdAt)
          .slice(0, limit)
          .map(({ tenantId: _, ...failure }) => failure),
      replayDeliveries: async (tenantId, ids) =>
        ids.map((id): ReplayedDelivery => {
          const isKnown = memory.failures.filter(isOfTenant(tenantId)).some((one) => one.id === id)
          return { id, answer: isKnown ? 'replayed' : 'not_found', deliveryId: isKnown ? id : null }
        }),
    },
    analytics: {
      costs: { SMS: 0.07 },
      readAnalytics: async () => ({
        isCut: false,
        hours: [
          ['2026-05-01T09:00:00.000Z', 'EMAIL', 2],
          ['2026-05-01T09:00:00.000Z', 'SMS', 3],
        ],
        statuses: [
          ['EMAIL', 'SENT', 2],
          ['SMS', 'SENT', 3],
          ['SMS', 'CANCELLED', 1],
        ],
        accepted: { EMAIL: 2, SMS: 3 },
        reading: { notifications: 4, read: 1, medianSecondsToRead: 60, p90SecondsToRead: 60 },
        escalations: { notifications: 2, stepsCancelled: 1, stepsSent: 3 },
      }),
    },
    queues: {
      readQueues: async () => memory.queues,
      async pauseChannel(channel, paused) {
        const at = memory.queues.findIndex((one) => one.channel === channel)
        const found = memory.queues[at]
        if (found) memory.queues[at] = { ...found, paused }
        return found !== undefined
      },
    },
    cleaner: {
      async cleanChannel(limit) {
        const deleted = Math.min(limit, memory.old.left)
        memory.old.left -= deleted
        return deleted
      },
    },
    deadLetters: {
      async listDeadLetters({ tenantId, topic, before, limit }) {
        const mine = memory.letters
          .filter(isOfTenant(tenantId))
          .filter((one) => one.topic === topic && (before === undefined || Number(one.offset) < Number(before)))
          .sort((a, b) => Number(b.offset) - Number(a.offset))
        const deadLetters = mine.slice(0, limit)
        return { deadLetters, before: mine.length > limit ? (deadLetters.at(-1)?.offset ?? null) : null }
      },
      replayDeadLetters: async (tenantId, topic, places) =>
        places.map((place) => {
          const isIt = (one: DeadLetterLine) => one.partition === place.partition && one.offset === place.offset
          const isKnown = memory.letters.filter(isOfTenant(tenantId)).some((one) => one.topic === topic && isIt(one))
          return { ...place, answer: isKnown ? ('replayed' as const) : ('not_found' as const) }
        }),
    },
  }
  return { ...memory, ports }
}
