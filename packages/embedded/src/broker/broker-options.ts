import type { Clock } from './clock.ts'

export interface BrokerOptions {
  readonly dataDir: string
  // Loopback unless told otherwise: the broker asks nobody who they are.
  readonly host?: string
  readonly port?: number
  // What clients are told to connect to, where that differs from `host` (behind a container's port, say).
  readonly advertisedHost?: string
  readonly connectionsMax?: number
  readonly frameBytesMax?: number
  readonly limits?: Partial<BrokerLimits>
  readonly log?: (event: BrokerEvent) => void
  readonly clock?: Clock
}

export interface BrokerLimits {
  readonly fetchBytesMax: number
  readonly incomingBytesMax: number
  readonly outgoingBytesMax: number
  readonly firstRequestMs: number
  readonly frameMs: number
  readonly idleMs: number
  readonly drainMs: number
  // The same while slow readers hold all the memory that there is for answers.
  readonly crowdedDrainMs: number
  readonly retentionCheckMs: number
}

export const defaultLimits: BrokerLimits = {
  fetchBytesMax: 4 * 1024 * 1024,
  incomingBytesMax: 34 * 1024 * 1024,
  outgoingBytesMax: 8 * 1024 * 1024,
  firstRequestMs: 10_000,
  frameMs: 10_000,
  idleMs: 600_000,
  drainMs: 30_000,
  crowdedDrainMs: 2_000,
  retentionCheckMs: 30_000,
}

export const defaultConnectionsMax = 2_000
export const defaultFrameBytesMax = 32 * 1024 * 1024

export type BrokerEvent =
  | { readonly event: 'broker.opened'; readonly host: string; readonly port: number; readonly durationMs: number }
  | { readonly event: 'broker.closed'; readonly durationMs: number }
  | { readonly event: 'connection.closed'; readonly remote: string; readonly reason: string }
  | { readonly event: 'request.failed'; readonly remote: string; readonly cause: unknown }
  | { readonly event: 'storage.failed'; readonly action: string; readonly cause: unknown }
  | {
      readonly event: 'log.cut'
      readonly file: string
      readonly bytesKept: number
      readonly bytesCut: number
      readonly nextOffset: number
    }
  | {
      readonly event: 'segments.dropped'
      readonly topic: string
      readonly partition: number
      readonly segments: number
    }
  | {
      readonly event: 'group.rebalanced'
      readonly groupId: string
      readonly generation: number
      readonly members: number
    }
  | { readonly event: 'member.evicted'; readonly groupId: string; readonly memberId: string; readonly reason: string }
