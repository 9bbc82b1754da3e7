import { randomUUID } from 'node:crypto'
import type { TimerState } from '@carillon/contracts'
import type { Pool } from 'pg'
import { onlyRow, runStatement } from '../run-statement.ts'
import { LOCK_KEYS } from '../sql/held.ts'
import { END_TIMER, INSERT_TIMER, LIST_TIMERS, READ_TIMER, REPLACE_TIMER } from '../sql/timers.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'

export interface TimerStore {
  /** A timer that waits under the key gives way. */
  setTimer(tenantId: string, timer: TimerToSet): Promise<StoredTimer>
  /** The last one under the key, and whether this ended it; undefined where there never was one. */
  endTimer(tenantId: string, key: string, how: 'cancelled' | 'acknowledged'): Promise<EndedTimer | undefined>
  findTimer(tenantId: string, key: string): Promise<StoredTimer | undefined>
  /** The newest first. */
  listTimers(tenantId: string, before: Date | null, limit: number): Promise<readonly StoredTimer[]>
}

export interface TimerToSet {
  readonly key: string
  /** By the database's clock where only the wait is known. */
  readonly due: { readonly at: Date } | { readonly afterSeconds: number }
  readonly onDue: 'notify' | 'emit'
  /** What is published (notify), or told (emit). */
  readonly payload: Readonly<Record<string, unknown>> | null
}

export interface StoredTimer {
  readonly id: string
  readonly key: string
  readonly state: TimerState
  readonly onDue: 'notify' | 'emit'
  readonly dueAt: Date
  readonly endedAt: Date | null
  readonly createdAt: Date
}

export type EndedTimer = StoredTimer & { readonly isEndedNow: boolean }

export function createTimerStore({ pool }: { readonly pool: Pool }): TimerStore {
  const read = async (tenantId: string, key: string) => {
    const [row] = await repeatConflicts('read a timer', () => runStatement<TimerRow>(pool, READ_TIMER, [tenantId, key]))
    return row && toTimer(row)
  }
  return {
    findTimer: read,
    setTimer: (tenantId, timer) => repeatConflicts('set a timer', () => setTimer(pool, tenantId, timer)),
    async endTimer(tenantId, key, how) {
      const [ended] = await repeatConflicts('end a timer', () =>
        runStatement<TimerRow>(pool, END_TIMER, [tenantId, key, how]),
      )
      if (ended) return { ...toTimer(ended), isEndedNow: true }
      const last = await read(tenantId, key)
      return last && { ...last, isEndedNow: false }
    },
    async listTimers(tenantId, before, limit) {
      const values = [tenantId, before?.toISOString() ?? null, limit]
      const rows = await repeatConflicts('list timers', () => runStatement<TimerRow>(pool, LIST_TIMERS, values))
      return rows.map(toTimer)
    },
  }
}

type TimerRow = Omit<StoredTimer, 'state'> & { readonly state: string; readonly reason: string | null }

function setTimer(pool: Pool, tenantId: string, { key, due, onDue, payload }: TimerToSet): Promise<StoredTimer> {
  const id = `tmr_${randomUUID().replaceAll('-', '')}`
  // What it publishes has an id of its own: the timer's row is not the event's.
  const event = onDue === 'notify' ? { ...payload, id: `${id}.due` } : { data: payload }
  const [at, afterSeconds] = 'at' in due ? [due.at.toISOString(), 0] : [null, due.afterSeconds]
  return inTransaction(pool, async (client) => {
    await runStatement(client, LOCK_KEYS, [[tenantId], [`timer ${key}`]])
    await runStatement(client, REPLACE_TIMER, [tenantId, key])
    const values = [tenantId, key, id, onDue, JSON.stringify(event), at, afterSeconds]
    return toTimer(onlyRow(await runStatement<TimerRow>(client, INSERT_TIMER, values)))
  })
}

function toTimer({ state, reason, ...row }: TimerRow): StoredTimer {
  return { ...row, state: toState(state, reason) }
}

function toState(state: string, reason: string | null): TimerState {
  if (state === 'WAITING') return 'WAITING'
  if (state !== 'CANCELLED') return 'EXPIRED'
  return reason === 'acknowledged' ? 'ACKNOWLEDGED' : 'CANCELLED'
}
