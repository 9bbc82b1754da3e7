import type { DueCall, OutcomeCall } from './outcome-calls.ts'

/** What outcome webhooks need of the database. */
export interface OutcomeCallStore {
  /** Tenants that have a webhook. */
  listListeners(): Promise<readonly string[]>
  /** A call that is there already is left alone. */
  saveCalls(calls: readonly OutcomeCall[]): Promise<void>
  /** Counts the attempt and puts the next one off by the lease; two callers never take the same. */
  takeDueCalls(limit: number, leaseSeconds: number): Promise<readonly DueCall[]>
  endCall(id: string): Promise<void>
  /** Without `inSeconds` it is a dead letter. */
  putOffCall(id: string, error: string, inSeconds: number | null): Promise<void>
}
