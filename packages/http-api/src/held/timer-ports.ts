import type { TimerState } from '@carillon/contracts'

/** A set, an end and a timer's going off compete on one row, so exactly one of them wins. */
export interface Timers {
  /** A timer that waits under the key gives way. */
  setTimer(tenantId: string, timer: TimerToSet): Promise<Timer>
  /** The last one under the key, and whether this ended it; undefined where there never was one. */
  endTimer(
    tenantId: string,
    key: string,
    how: 'cancelled' | 'acknowledged',
  ): Promise<(Timer & { readonly isEndedNow: boolean }) | undefined>
  findTimer(tenantId: string, key: string): Promise<Timer | undefined>
  /** The newest first. */
  listTimers(tenantId: string, before: Date | null, limit: number): Promise<readonly Timer[]>
}

export interface TimerToSet {
  readonly key: string
  /** By the database's clock where only the wait is known. */
  readonly due: { readonly at: Date } | { readonly afterSeconds: number }
  readonly onDue: 'notify' | 'emit'
  /** What is published (notify), or told (emit). */
  readonly payload: Readonly<Record<string, unknown>> | null
}

export interface Timer {
  readonly id: string
  readonly key: string
  readonly state: TimerState
  readonly onDue: 'notify' | 'emit'
  readonly dueAt: Date
  readonly endedAt: Date | null
  readonly createdAt: Date
}
