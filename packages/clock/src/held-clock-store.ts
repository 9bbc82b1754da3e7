import type { Lane } from '@carillon/contracts'

/** What the clock needs of events that wait. Each call takes rows that another clock does not hold (SKIP LOCKED). */
export interface HeldClockStore {
  /** WAITING and due, or RELEASING for so long that its publish must have been lost: RELEASING for the next 5 s. */
  takeReleases(limit: number): Promise<readonly ReleasedEvent[]>
  confirmReleased(ids: readonly string[]): Promise<void>
  /** Timers that only tell: RELEASED with their outcome, in one statement. */
  expireTimers(limit: number): Promise<number>
  /** Ends what waits of events that were cancelled after they had been let go. */
  finishCancels(limit: number): Promise<number>
  /** Schedules whose time has come: each moves on, with its event in the outbox of the same transaction. */
  fireSchedules(limit: number): Promise<number>
  deleteEnded(olderThanMs: number, limit: number): Promise<number>
}

/** As it goes onto the events topic: the very text that was held. */
export interface ReleasedEvent {
  readonly id: string
  readonly tenantId: string
  readonly eventId: string
  readonly key: string
  readonly value: string
  readonly lane: Lane
  /** A held event keeps the time of its acceptance, by which keys are decided; what a timer publishes is new. */
  readonly acceptedAt: Date
  readonly traceparent: string | null
}
