import type { Backbone } from '@carillon/backbone'
import {
  channelTopic,
  DEFAULT_TENANT,
  groupOf,
  type Lane,
  SENT_CHANNELS,
  type SentChannel,
  TENANT_HEADER,
} from '@carillon/contracts'
import { type AdminPorts, type ChannelQueue, keepFresh } from '@carillon/http-api'
import { createDeadLetterDesk } from '@carillon/kafka'
import { createAdminStore, createAnalyticsStore, createChannelStatusStore, createRetentionStore } from '@carillon/store'

const LANES: readonly Lane[] = ['urgent', 'normal']
// Public, so whoever asks in a loop asks memory.
const QUEUES_FRESH_MS = 2_000
const COUNTS_FRESH_MS = 5_000
const ANALYTICS_FRESH_MS = 60_000

/** What operators ask of Postgres and Kafka. */
export function createAdminPorts(
  { pool, kafka, topics, producer }: Backbone,
  costs: AdminPorts['analytics']['costs'],
): AdminPorts {
  const deliveries = createAdminStore({ pool })
  const statuses = createChannelStatusStore({ pool })
  const counts = keepFresh(COUNTS_FRESH_MS, async (key) => {
    const [tenantId = '', since = ''] = JSON.parse(key) as string[]
    return deliveries.countDeliveries(tenantId, new Date(since))
  })
  const queues = keepFresh(QUEUES_FRESH_MS, async () => {
    const known = await statuses.readChannelStatuses()
    const lags = await readLags(topics)
    return known.map(
      ({ channel, paused, simulated, stopped }): ChannelQueue => ({
        ...{ channel, paused, simulated, stopped, lag: lags.get(channel) ?? null },
      }),
    )
  })
  return {
    deliveries: {
      ...deliveries,
      countDeliveries: (tenantId, since) => counts(JSON.stringify([tenantId, since.toISOString()])),
    },
    queues: { readQueues: () => queues(''), pauseChannel: statuses.pauseChannel },
    analytics: createAnalytics(pool, costs),
    cleaner: createRetentionStore({ pool }),
    deadLetters: createDeadLetterDesk({
      ...{ access: kafka, topics, producer },
      tenantHeader: TENANT_HEADER,
      defaultTenant: DEFAULT_TENANT,
    }),
  }
}

function createAnalytics(pool: Backbone['pool'], costs: AdminPorts['analytics']['costs']): AdminPorts['analytics'] {
  const { readAnalytics } = createAnalyticsStore({ pool })
  const figures = keepFresh(ANALYTICS_FRESH_MS, (key) => {
    const [tenantId = '', since = '', until = ''] = JSON.parse(key) as string[]
    return readAnalytics(tenantId, new Date(since), new Date(until))
  })
  return { costs, readAnalytics: (...span) => figures(JSON.stringify(span)) }
}

/** Of both lanes together. What Kafka does not say is unknown, and no reason to say nothing of the channels. */
async function readLags(topics: Backbone['topics']): Promise<Map<string, number>> {
  const wanted = SENT_CHANNELS.flatMap((channel) =>
    LANES.map((lane) => ({ channel, topic: channelTopic(channel, lane) })),
  )
  const channelOf = new Map<string, SentChannel>(wanted.map(({ channel, topic }) => [topic, channel]))
  const parts = await topics.readLag(wanted.map(({ topic }) => ({ topic, groupId: groupOf(topic) }))).catch(() => [])
  const lags = new Map<string, number>()
  for (const { topic, lag } of parts) {
    const channel = channelOf.get(topic) ?? ''
    lags.set(channel, (lags.get(channel) ?? 0) + lag)
  }
  return lags
}
