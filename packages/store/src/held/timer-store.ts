import { randomUUID } from 'node:crypto'
import type { TimerState } from '@carillon/contracts'
import type { Timer, Timers, TimerToSet } from '@carillon/http-api'
import type { Pool } from 'pg'
import { onlyRow, runStatement } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import { sealJson } from '../sealing/sealed-json.ts'
import { LOCK_KEYS } from '../sql/held.ts'
import { END_TIMER, INSERT_TIMER, LIST_TIMERS, READ_TIMER, REPLACE_TIMER } from '../sql/timers.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'

export function createTimerStore({ pool }: { readonly pool: Pool }): Timers {
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

type TimerRow = Omit<Timer, 'state'> & { readonly state: string; readonly reason: string | null }

function setTimer(pool: Pool, tenantId: string, { key, due, onDue, payload }: TimerToSet): Promise<Timer> {
  const id = `tmr_${randomUUID().replaceAll('-', '')}`
  // What it publishes has an id of its own: the timer's row is not the event's. What it tells goes out as it stands, by SQL.
  const event =
    onDue === 'notify'
      ? sealJson(cipherOf(pool), tenantId, { ...payload, id: `${id}.due` })
      : JSON.stringify({ data: payload })
  const [at, afterSeconds] = 'at' in due ? [due.at.toISOString(), 0] : [null, due.afterSeconds]
  return inTransaction(pool, async (client) => {
    await runStatement(client, LOCK_KEYS, [[tenantId], [`timer ${key}`]])
    await runStatement(client, REPLACE_TIMER, [tenantId, key])
    const values = [tenantId, key, id, onDue, event, at, afterSeconds]
    return toTimer(onlyRow(await runStatement<TimerRow>(client, INSERT_TIMER, values)))
  })
}

function toTimer({ state, reason, ...row }: TimerRow): Timer {
  return { ...row, state: toState(state, reason) }
}

function toState(state: string, reason: string | null): TimerState {
  if (state === 'WAITING') return 'WAITING'
  if (state !== 'CANCELLED') return 'EXPIRED'
  return reason === 'acknowledged' ? 'ACKNOWLEDGED' : 'CANCELLED'
}
