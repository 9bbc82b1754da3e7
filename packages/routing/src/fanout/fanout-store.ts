import type { FanoutRecord } from '@carillon/contracts'
import type { NamedPeople, PlannableEvent } from '../plan-events.ts'
import type { Facts, FactsRequest, PlannedChunk, PublishedDispatch, SavedChunk } from '../routing-store.ts'

/** What a fan-out needs of the database. Everything that is said with an `owner` holds only while the row names it. */
export interface FanoutStore {
  /** Takes a fan-out that nobody holds, or whose holder's lease has passed. */
  takeFanout(fanoutId: string, owner: string, leaseMs: number): Promise<TakenFanout | undefined>
  /** How many people the audience has now. */
  countPeople(fanout: TakenFanout): Promise<number>
  /** People behind the cursor in the order of their ids, each once, at most `limit` of them before exclusions. */
  resolvePeople(fanout: TakenFanout, cursor: string, limit: number): Promise<ResolvedPeople>
  loadFacts(request: FactsRequest): Promise<Facts>
  /** One transaction that begins by moving the cursor: undefined where it does not stand there any more. */
  saveChunk(chunk: FanoutChunk): Promise<SavedChunk | undefined>
  recordPublished(dispatches: readonly PublishedDispatch[]): Promise<void>
  /** Renews the lease and answers which of these deliveries are unfinished; undefined when the fan-out is another's. */
  keepFanout(lease: FanoutLease, deliveryIds: readonly string[]): Promise<readonly string[] | undefined>
  /** Of a fan-out that was taken over: its deliveries that are unfinished, at most `limit`. */
  listUnfinished(fanout: TakenFanout, limit: number): Promise<readonly string[]>
  /** For another one to take, after `restMs`; `failure` counts. */
  giveBack(lease: FanoutLease, restMs: number, failure?: string): Promise<void>
  failFanout(lease: FanoutLease, reason: FanoutFailure, detail: string): Promise<void>
  /** Fan-outs that should be worked on and nobody works on. */
  takeDueFanouts(limit: number): Promise<readonly FanoutRecord[]>
}

export interface FanoutLease {
  readonly fanoutId: string
  readonly owner: string
  readonly leaseMs: number
}

export interface TakenFanout {
  readonly fanoutId: string
  readonly event: PlannableEvent
  /** The rule of the segment that the audience names, as it was when the fan-out began. */
  readonly rule: unknown
  /** The last person of the last chunk; empty before the first. */
  readonly cursor: string
  readonly total: number | null
  /** How often in a row it failed without coming further. */
  readonly failures: number
}

export type ResolvedPeople =
  | {
      readonly ok: true
      readonly people: NamedPeople
      /** The last person looked at, excluded or not. */
      readonly cursor: string
      readonly isLast: boolean
    }
  | { readonly ok: false; readonly reason: FanoutFailure; readonly detail: string }

export interface FanoutChunk extends FanoutLease {
  readonly from: string
  readonly to: string
  readonly isLast: boolean
  readonly total: number
  readonly people: number
  readonly chunk: PlannedChunk
}

/** Why a fan-out FAILED; it goes on where it stood when somebody resumes it. */
export const FANOUT_FAILURES = {
  segment_unknown: 'The audience names a segment that does not exist.',
  id_conflict: 'A notification of this name was planned before, with other content.',
  template_unknown: 'The template does not exist any more.',
  template_not_filled: 'The template is another one by now, and the event does not bring what it needs.',
  no_progress: 'Several tries in a row failed; the log says why.',
} as const
export type FanoutFailure = keyof typeof FANOUT_FAILURES
