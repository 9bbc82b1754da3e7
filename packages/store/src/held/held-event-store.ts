import type { StopAnswer } from '@carillon/contracts'
import type { DecidedEvent, HeldEvents } from '@carillon/http-api'
import type { Pool } from 'pg'
import { runStatement, type Statement } from '../run-statement.ts'
import { APPROVE_HELD, CANCEL_KEY, LOCK_KEYS, READ_HELD, REJECT_HELD } from '../sql/held.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'
import type { EventControlStore } from './event-control-store.ts'

export interface HeldEventPorts {
  readonly pool: Pool
  readonly events: Pick<EventControlStore, 'cancelEvent'>
}

export function createHeldEventStore({ pool, events }: HeldEventPorts): HeldEvents {
  return {
    approveEvent: (...values) => decide(pool, APPROVE_HELD, values),
    rejectEvent: (...values) => decide(pool, REJECT_HELD, values),
    async cancelKey(tenantId, cancelKey) {
      const found = await repeatConflicts('cancel a key', () =>
        inTransaction(pool, async (client) => {
          await runStatement(client, LOCK_KEYS, [[tenantId], [cancelKey]])
          return runStatement<{ eventId: string }>(client, CANCEL_KEY, [tenantId, cancelKey])
        }),
      )
      const stopped = { cancelled: 0, possibly_sent: 0, too_late: 0 }
      for (const { eventId } of found) {
        const cancelled = await events.cancelEvent(tenantId, eventId)
        for (const answer of ANSWERS) stopped[answer] += cancelled?.[answer] ?? 0
      }
      return { eventIds: found.map(({ eventId }) => eventId), stopped }
    },
  }
}

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
