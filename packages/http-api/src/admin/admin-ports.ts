import type { Channel, DeadLetterLine, DeliveryStatus, FailedDelivery, SentChannel } from '@carillon/contracts'
import type { AnalyticsDesk } from './analytics-ports.ts'

/** What operators ask for. Everything but the queues is a tenant's own. */
export interface AdminPorts {
  readonly deliveries: DeliveryDesk
  readonly queues: QueueDesk
  readonly cleaner: Cleaner
  readonly analytics: AnalyticsDesk
  /** Absent where nothing can read dead letters. */
  readonly deadLetters?: DeadLetterDesk
}

export interface DeliveryDesk {
  /** Deliveries born since then, by channel and status. */
  countDeliveries(tenantId: string, since: Date): Promise<readonly DeliveryCount[]>
  /** FAILED and not replayed, the newest first, `after` left out. */
  listFailures(page: FailurePage): Promise<readonly FailedDelivery[]>
  /** Each failed, expired or suppressed one gets a new row, `replay + 1`, that is due at once. */
  replayDeliveries(tenantId: string, ids: readonly string[]): Promise<readonly ReplayedDelivery[]>
}

export interface DeliveryCount {
  readonly channel: Channel
  readonly status: DeliveryStatus
  readonly count: number
  readonly possiblySent: number
}

export interface FailurePage {
  readonly tenantId: string
  readonly channel: Channel | undefined
  readonly since: Date
  readonly after: { readonly createdAt: string; readonly id: string } | undefined
  readonly limit: number
}

export interface ReplayedDelivery {
  readonly id: string
  readonly answer: 'replayed' | 'stopped' | 'not_failed' | 'replayed_before' | 'not_found'
  /** The new row. */
  readonly deliveryId: string | null
}

export interface QueueDesk {
  readQueues(): Promise<readonly ChannelQueue[]>
  /** Of the whole installation. False for a channel that never had a worker. */
  pauseChannel(channel: SentChannel, paused: boolean): Promise<boolean>
}

export interface ChannelQueue {
  readonly channel: string
  readonly paused: boolean
  readonly simulated: boolean
  /** Why a person must act before anything is sent. */
  readonly stopped: string | null
  readonly lag: number | null
}

export interface Cleaner {
  /** One batch; fewer than `limit` went when none is left. */
  cleanChannel(
    limit: number,
    what: {
      readonly tenantId: string
      readonly channel: SentChannel
      readonly statuses: readonly DeliveryStatus[]
      readonly before: Date
    },
  ): Promise<number>
}

/** Dead letters rest in Kafka. Only those of the tenant are shown or replayed. */
export interface DeadLetterDesk {
  /** The newest first; `before` is what the page before answered, and null means that there is no more. */
  listDeadLetters(page: {
    readonly tenantId: string
    readonly topic: string
    readonly before: string | undefined
    readonly limit: number
  }): Promise<{ readonly deadLetters: readonly DeadLetterLine[]; readonly before: string | null }>
  /** Publishes each again where it came from, as it was, with one attempt more in its header. */
  replayDeadLetters(
    tenantId: string,
    topic: string,
    letters: readonly DeadLetterPlace[],
  ): Promise<readonly (DeadLetterPlace & { readonly answer: 'replayed' | 'not_found' })[]>
}

export interface DeadLetterPlace {
  readonly partition: number
  readonly offset: string
}
