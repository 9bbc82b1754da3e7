import type { cleanAnswerSchema, queuesAnswerSchema, statsAnswerSchema } from '@carillon/contracts'
import type { z } from 'zod'
import { CarillonError } from './carillon-error.ts'
import type { Ask } from './http.ts'

type ChannelStats = z.infer<typeof statsAnswerSchema>['channels'][number]
type QueueHealth = z.infer<typeof queuesAnswerSchema>['queues'][number]
type QueuesAnswer = z.infer<typeof queuesAnswerSchema>

export type QueueStats = Omit<QueueHealth, 'channel'> & Partial<Omit<ChannelStats, 'channel'>>

export interface CleanOptions {
  readonly state?: 'done' | 'failed'
  /** 7 for what is done and 30 for what failed, unless said otherwise. */
  readonly olderThanDays?: number
}

export interface Queues {
  /** By channel: how it fares, and what it did in the last hours (24 unless said otherwise). */
  getAllQueueStats(options?: { readonly hours?: number }): Promise<Readonly<Record<string, QueueStats>>>
  /** False when a channel stands still until a person acts, and when nobody answers. */
  areQueuesHealthy(): Promise<boolean>
  /** Deletes what ended long ago, on every channel; answers how many deliveries went. */
  cleanOldNotificationJobs(options?: CleanOptions): Promise<number>
}

const HEALTH = { status: 'text', queues: 'list' } as const
const CLEANED = { deletedCount: 'number', isComplete: 'flag' } as const
const STATS = { channels: 'list' } as const

export function createQueues(ask: Ask): Queues {
  /** A queue that stands still answers 503, and says the same. */
  async function readHealth(): Promise<QueuesAnswer> {
    return ask<QueuesAnswer>({ method: 'GET', path: '/health/queues', isAnswerAlso: 503, needs: HEALTH })
  }

  async function cleanChannel(channel: string, options: CleanOptions): Promise<number> {
    const path = `/api/admin/queues/${channel.toLowerCase()}/clean`
    for (let deleted = 0; ; ) {
      const answer = await ask<z.infer<typeof cleanAnswerSchema>>({
        method: 'POST',
        path,
        body: options,
        needs: CLEANED,
      })
      deleted += answer.deletedCount
      if (answer.isComplete) return deleted
    }
  }

  return {
    async getAllQueueStats({ hours } = {}) {
      const [{ queues }, { channels }] = await Promise.all([
        readHealth(),
        ask<z.infer<typeof statsAnswerSchema>>({
          method: 'GET',
          path: '/api/admin/stats',
          query: { hours },
          needs: STATS,
        }),
      ])
      const statsOf = new Map(channels.map(({ channel, ...stats }) => [String(channel), stats]))
      return Object.fromEntries(
        queues.map(({ channel, ...health }) => [channel, { ...health, ...statsOf.get(channel) }]),
      )
    },
    async areQueuesHealthy() {
      try {
        return (await readHealth()).status === 'ok'
      } catch (error) {
        if (error instanceof CarillonError) return false
        throw error
      }
    },
    async cleanOldNotificationJobs(options = {}) {
      const { queues } = await readHealth()
      let deleted = 0
      for (const { channel } of queues) deleted += await cleanChannel(channel, options)
      return deleted
    },
  }
}
