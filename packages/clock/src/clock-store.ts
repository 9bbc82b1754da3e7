import type { Channel, Lane, OutboxRow, SentChannel } from '@carillon/contracts'
import type { DispatchPart, PublishedDispatch, Question, WakeUp } from '@carillon/routing'
import type { Agenda } from './agenda.ts'

/** What the one clock needs of the database. Each call takes rows that another clock does not hold (SKIP LOCKED). */
export interface ClockStore {
  /**
   * SCHEDULED rows that are due, at most `limit`, oldest first, each as `judgeDue` says: PENDING with a Dispatch,
   * SCHEDULED later, SUPPRESSED or EXPIRED; CANCELLED where a stop was asked. One transaction; the outcomes of those
   * that ended are in its outbox row.
   */
  fireDue(limit: number): Promise<Fired>
  /** UNKNOWN rows that are due and that no provider can be asked about. */
  resolveUnknown(limit: number, policy: ResendPolicy): Promise<number>
  /** A rung that ended without success left `dueAt` on its row: the next waiting rung becomes due now. */
  pullLadders(limit: number): Promise<number>
  /** An outbox row counts as due when it is older than `outboxOlderThanMs`. */
  readAgenda(outboxOlderThanMs: number): Promise<Agenda>
  /**
   * Dispatches that are due: rows past `expiresAt` become EXPIRED, those with a passed lease UNKNOWN (due for resolution
   * after `unknownAfterMs`); what is still PENDING comes back; a dispatch with none left is deleted. Each look comes
   * after twice as long as the one before, and never later than the earliest lease among its rows.
   */
  inspectDispatches(limit: number, policy: WatchPolicy): Promise<readonly OpenDispatch[]>
  /** Of these the ones that are PENDING now and still carry their dispatch's id. */
  findPending(wakeUps: readonly WakeUp[]): Promise<readonly WakeUp[]>
  recordPublished(dispatches: readonly PublishedDispatch[]): Promise<void>
  /** Rows older than `olderThanMs`, leased so that two sweepers do not publish the same. */
  takeOutbox(olderThanMs: number, limit: number): Promise<readonly OutboxRow[]>
  deleteOutbox(ids: readonly string[]): Promise<void>
  /** Stubs that a read left for a notification that never came. */
  deleteStubs(olderThanMs: number, limit: number): Promise<number>
}

export interface Fired {
  readonly wakeUps: readonly WakeUp[]
  /** Still SCHEDULED, for later. */
  readonly held: number
  readonly ended: number
  /** Rows taken in all; `limit` means that more may be due. */
  readonly taken: number
}

export interface OpenDispatch {
  readonly id: string
  readonly channel: SentChannel
  readonly lane: Lane
  readonly parts: readonly DispatchPart[]
  /** Rows that are still PENDING and still carry this dispatch's id. */
  readonly pending: readonly WakeUp[]
}

export interface ResendPolicy {
  readonly maxResends: Readonly<Record<Channel, number>>
  /** How long after its resolution an UNKNOWN is sent again. */
  readonly resendAfterMs: number
  /** Whose rows are left to their own process first. */
  readonly asked?: AskPolicy
}

export interface AskPolicy {
  readonly channels: readonly Channel[]
  readonly everyMs: number
  /** After that nobody can know. */
  readonly forMs: number
}

/** Apart from the rest, because only channels whose providers can be asked need it. */
export interface AskStore {
  /** UNKNOWN rows that are due, to be asked about by their channel's process; due again after `everyMs`. */
  askUnknown(limit: number, policy: AskPolicy): Promise<readonly Question[]>
}

export interface WatchPolicy {
  readonly firstLookMs: Readonly<Record<Lane, number>>
  readonly lookMsMax: number
  readonly unknownAfterMs: number
}
