import type { EventState, FanoutRecord, FanoutStatus, StopAnswer } from '@carillon/contracts'
import type { StopStore } from '@carillon/delivery'
import type { ControlledEvent, EventControl } from '@carillon/http-api'
import type { Pool } from 'pg'
import { runStatement, type Statement } from '../run-statement.ts'
import {
  CANCEL_EVENT,
  CANCEL_FANOUT,
  CANCEL_QUEUED,
  END_CANCEL,
  FIND_CANCELLED_FANOUT,
  FIND_OPEN_NOTIFICATIONS,
  PAUSE_FANOUT,
  READ_FANOUT,
  RESUME_FANOUT,
} from '../sql/event-control.ts'
import { CANCEL_HELD } from '../sql/held.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'

export interface EventControlStore extends EventControl {
  /** Ends what a cancel that was cut short left over. */
  finishCancel(record: FanoutRecord): Promise<void>
}

export interface EventControlPorts {
  readonly pool: Pool
  readonly stops: Pick<StopStore, 'stopNotifications'>
}

const OPEN_READ_MAX = 20_000
const STOPPED_AT_ONCE = 500
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

export function createEventControlStore({ pool, stops }: EventControlPorts): EventControlStore {
  async function control(statement: Statement, tenantId: string, eventId: string) {
    await repeatConflicts(statement.name, () => runStatement(pool, statement, [tenantId, eventId]))
    return readEvent(tenantId, eventId)
  }

  async function readEvent(tenantId: string, eventId: string): Promise<ControlledEvent | undefined> {
    const rows = await repeatConflicts('read a fan-out', () =>
      runStatement<{ state: EventState; status: FanoutStatus | null }>(pool, READ_FANOUT, [tenantId, eventId]),
    )
    const [row] = rows
    return row && { state: row.state, fanout: row.status }
  }

  /** What is being handed over is only marked, so it may come back; each notification is looked at once. */
  async function stopOpen(tenantId: string, eventId: string): Promise<Record<StopAnswer, number>> {
    const answers = { cancelled: 0, possibly_sent: 0, too_late: 0 }
    for (let after = FIRST_ID; ; ) {
      const values = [tenantId, eventId, after, OPEN_READ_MAX]
      const open = await repeatConflicts('find open notifications', () =>
        runStatement<{ id: string }>(pool, FIND_OPEN_NOTIFICATIONS, values),
      )
      for (let from = 0; from < open.length; from += STOPPED_AT_ONCE) {
        const requests = open
          .slice(from, from + STOPPED_AT_ONCE)
          .map(({ id }) => ({ kind: 'cancel' as const, tenantId, notificationId: id, source: 'api' as const }))
        const stopped = await stops.stopNotifications(requests)
        for (const { answer } of stopped.flatMap((one) => one?.deliveries ?? [])) answers[answer]++
      }
      const last = open.at(-1)
      if (last === undefined || open.length < OPEN_READ_MAX) return answers
      after = last.id
    }
  }

  async function finish(tenantId: string, eventId: string) {
    const answers = await stopOpen(tenantId, eventId)
    await repeatConflicts('end a cancel', () => runStatement(pool, END_CANCEL, [tenantId, eventId]))
    return answers
  }

  return {
    pauseEvent: (tenantId, eventId) => control(PAUSE_FANOUT, tenantId, eventId),
    resumeEvent: (tenantId, eventId) => control(RESUME_FANOUT, tenantId, eventId),
    async cancelEvent(tenantId, eventId, queuedSince) {
      const values = [tenantId, eventId]
      await repeatConflicts('cancel an event', () =>
        inTransaction(pool, async (client) => {
          await runStatement(client, CANCEL_FANOUT, values)
          await runStatement(client, CANCEL_HELD, values)
          if (queuedSince === undefined) await runStatement(client, CANCEL_EVENT, values)
          else await runStatement(client, CANCEL_QUEUED, [...values, queuedSince.toISOString()])
        }),
      )
      const read = await readEvent(tenantId, eventId)
      return read && { ...read, ...(await finish(tenantId, eventId)) }
    },
    async finishCancel({ fanoutId, tenantId }) {
      const rows = await repeatConflicts('find a cancelled fan-out', () =>
        runStatement<{ eventId: string }>(pool, FIND_CANCELLED_FANOUT, [fanoutId, tenantId]),
      )
      for (const { eventId } of rows) await finish(tenantId, eventId)
    },
  }
}
