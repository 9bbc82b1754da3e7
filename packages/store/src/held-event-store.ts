import type { StopAnswer } from '@carillon/contracts'
import type { HeldState } from '@carillon/routing'
import type { Pool } from 'pg'
import type { HeldStorePorts } from './held-clock-store.ts'
import { runStatement, type Statement } from './run-statement.ts'
import { APPROVE_HELD, CANCEL_HELD, CANCEL_KEY, LOCK_KEYS, READ_HELD, REJECT_HELD } from './sql/held.ts'
import { stopEvent } from './stop-event.ts'
import { inTransaction, repeatConflicts } from './transaction.ts'

/** What people decide of events that wait, and of those that a key names. */
export interface HeldEventStore {
  approveEvent(tenantId: string, eventId: string, by: string): Promise<DecidedEvent | undefined>
  rejectEvent(tenantId: string, eventId: string, by: string): Promise<DecidedEvent | undefined>
  /** Nothing of it is planned once this has answered, and nothing that was planned and waits is sent. */
  cancelHeld(tenantId: string, eventId: string, by: string): Promise<CancelledHeld | undefined>
  /** Also what was accepted under the key before now and has not arrived yet. */
  cancelKey(tenantId: string, cancelKey: string, by: string): Promise<CancelledKey>
}

export interface DecidedEvent {
  readonly eventId: string
  readonly state: HeldState
  readonly needsApproval: boolean
  readonly releaseAt: Date | null
  readonly decidedAt: Date | null
  readonly decidedBy: string | null
  readonly isChanged: boolean
}

export type CancelledHeld = DecidedEvent & { readonly stopped: Readonly<Record<StopAnswer, number>> }

export interface CancelledKey {
  readonly eventIds: readonly string[]
  readonly stopped: Readonly<Record<StopAnswer, number>>
}

export function createHeldEventStore({ pool, stops }: Omit<HeldStorePorts, 'announce'>): HeldEventStore {
  async function cancelHeld(tenantId: string, eventId: string, by: string): Promise<CancelledHeld | undefined> {
    const held = await decide(pool, CANCEL_HELD, [tenantId, eventId, by])
    if (!held) return undefined
    const isCancelled = held.state === 'CANCELLED'
    return { ...held, stopped: isCancelled ? await stopEvent(pool, stops, tenantId, eventId) : NOTHING_STOPPED }
  }

  return {
    cancelHeld,
    approveEvent: (...values) => decide(pool, APPROVE_HELD, values),
    rejectEvent: (...values) => decide(pool, REJECT_HELD, values),
    async cancelKey(tenantId, cancelKey, by) {
      const found = await repeatConflicts('cancel a key', () =>
        inTransaction(pool, async (client) => {
          await runStatement(client, LOCK_KEYS, [[tenantId], [cancelKey]])
          return runStatement<{ eventId: string }>(client, CANCEL_KEY, [tenantId, cancelKey])
        }),
      )
      const stopped = { ...NOTHING_STOPPED }
      const eventIds: string[] = []
      for (const { eventId } of found) {
        const cancelled = await cancelHeld(tenantId, eventId, by)
        if (!cancelled) continue
        eventIds.push(eventId)
        for (const answer of ANSWERS) stopped[answer] += cancelled.stopped[answer]
      }
      return { eventIds, stopped }
    },
  }
}

const NOTHING_STOPPED: Readonly<Record<StopAnswer, number>> = { cancelled: 0, possibly_sent: 0, too_late: 0 }
const ANSWERS: readonly StopAnswer[] = ['cancelled', 'possibly_sent', 'too_late']

type HeldRow = Omit<DecidedEvent, 'isChanged'>

async function decide(
  pool: Pool,
  statement: Statement,
  values: readonly [tenantId: string, eventId: string, by: string],
): Promise<DecidedEvent | undefined> {
  const [tenantId, eventId] = values
  const changed = await repeatConflicts(statement.name, () => pool.query({ ...statement, values: [...values] }))
  const [row] = await repeatConflicts('read a held event', () =>
    runStatement<HeldRow & Record<string, unknown>>(pool, READ_HELD, [tenantId, eventId]),
  )
  return row && { ...row, isChanged: (changed.rowCount ?? 0) > 0 }
}
