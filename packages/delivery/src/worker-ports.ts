import type { AddressGate } from './address-gate.ts'
import type { Channel, SendResult } from './channel.ts'
import type { RetryPolicy } from './decide-next-step.ts'
import type { WorkerLimits } from './delivery-limits.ts'
import type { DeliveryStore } from './delivery-store.ts'
import type { LookUpStore } from './look-up.ts'
import type { ObservedQuestion } from './unknown-resolver.ts'

export interface WorkerPorts {
  readonly channel: Channel
  readonly store: DeliveryStore
  /** Keyed, so that a suppression outlives the address it came from. */
  readonly hashAddress: (tenantId: string, address: string) => string
  /** Runs a statement until Postgres took it: an outage is waited out, never thrown at a message that is in the air. */
  readonly persist: <T>(statement: () => Promise<T>) => Promise<T>
  readonly observe: (attempt: ObservedAttempt) => void
  /** Outside production alone. */
  readonly gate?: AddressGate
  readonly limits?: WorkerLimits
  /** For a channel whose providers can be asked about lost messages. */
  readonly lookUps?: { readonly store: LookUpStore; readonly observe: (question: ObservedQuestion) => void }
  /** The provider refuses us as a whole; a person must act. */
  readonly onChannelStopped: (result: SendResult) => void
  /** Something that must not happen: the process ends, and its rows are found by their leases. */
  readonly onFatal: (error: unknown) => void
  readonly random?: () => number
}

export interface WorkerPolicy {
  readonly slots: number
  /** Slots that the normal lane leaves free. */
  readonly urgentSlots: number
  readonly timeoutMs: number
  readonly retry: RetryPolicy
  readonly breakerFailuresMax: number
  readonly breakerOpenMs: number
  /** How long the channel rests after the provider refused our credentials, before one row asks again. */
  readonly holdMs: number
  /** How long a fresh process asks with one message alone; with 0, it fills its slots at once. */
  readonly firstAnswerMsMax: number
}

/** One line of the log, and the source of the metrics. */
export interface ObservedAttempt {
  readonly deliveryId: string
  readonly notificationId: string
  readonly tenantId: string
  readonly attempt: number
  readonly outcome: SendResult['outcome']
  readonly status: string
  readonly reason: string | null
  readonly provider: string
  readonly durationMs: number
  readonly acceptedToDoneMs: number
  readonly isAlert: boolean
}
