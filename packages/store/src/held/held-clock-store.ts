import { randomUUID } from 'node:crypto'
import type { HeldClockStore, ReleasedEvent } from '@carillon/clock'
import { OUTCOMES_TOPIC } from '@carillon/contracts'
import type { Pool } from 'pg'
import { type Announce, type TimerTuple, toOutboxRow } from '../outbox/outbox.ts'
import { onlyRow, runStatement, type Statement } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import type { FieldCipher } from '../sealing/field-cipher.ts'
import { openJsonText } from '../sealing/sealed-json.ts'
import {
  CONFIRM_RELEASED,
  DELETE_ENDED_HOLDS,
  END_CANCELLED,
  EXPIRE_TIMERS,
  TAKE_CANCELLED,
  TAKE_RELEASES,
} from '../sql/held.ts'
import { repeatConflicts } from '../transaction.ts'
import type { EventControlStore } from './event-control-store.ts'
import { fireSchedules } from './fire-schedules.ts'
import { openEach, type ReportUnreadable, readLane } from './open-waiting.ts'

export interface HeldStorePorts {
  readonly pool: Pool
  readonly announce: Announce
  readonly events: Pick<EventControlStore, 'cancelEvent'>
  readonly reportUnreadable: ReportUnreadable
}

interface ReleaseRow {
  readonly id: string
  readonly kind: 'EVENT' | 'TIMER'
  readonly tenantId: string
  readonly eventId: string
  readonly cancelKey: string | null
  readonly event: string
  readonly acceptedAt: Date
  readonly releasedAt: Date
  readonly traceparent: string | null
}

export function createHeldClockStore(ports: HeldStorePorts): HeldClockStore {
  const { pool, announce, events, reportUnreadable } = ports
  const run = <Row extends object>(statement: Statement, values: readonly unknown[]) =>
    repeatConflicts(statement.name, () => runStatement<Row & Record<string, unknown>>(pool, statement, values))
  const cipher = cipherOf(pool)
  return {
    async takeReleases(limit) {
      const rows = await run<ReleaseRow>(TAKE_RELEASES, [limit])
      return openEach(
        rows,
        (row) => toReleased(row, cipher),
        ({ tenantId, eventId }, error) => reportUnreadable({ tenantId, id: eventId, error }),
      )
    },
    async confirmReleased(ids) {
      await run(CONFIRM_RELEASED, [ids])
    },
    async expireTimers(limit) {
      const outboxId = randomUUID()
      const rows = await run<{ outcome: TimerTuple }>(EXPIRE_TIMERS, [limit, outboxId])
      const tuples = rows.map((row) => row.outcome)
      if (tuples.length > 0) announce(toOutboxRow(outboxId, OUTCOMES_TOPIC, tuples))
      return rows.length
    },
    async finishCancels(limit) {
      const rows = await run<{ id: string; tenantId: string; eventId: string }>(TAKE_CANCELLED, [limit])
      for (const { tenantId, eventId } of rows) await events.cancelEvent(tenantId, eventId)
      if (rows.length > 0) await run(END_CANCELLED, [rows.map((row) => row.id)])
      return rows.length
    },
    fireSchedules: (limit) => fireSchedules(ports, limit),
    async deleteEnded(olderThanMs, limit) {
      return onlyRow(await run<{ deleted: number }>(DELETE_ENDED_HOLDS, [olderThanMs / 1_000, limit])).deleted
    },
  }
}

function toReleased(row: ReleaseRow, cipher: FieldCipher): ReleasedEvent {
  const { id, kind, tenantId, eventId, cancelKey, acceptedAt, releasedAt, traceparent } = row
  const isTimer = kind === 'TIMER'
  const value = openJsonText(cipher, tenantId, row.event)
  return {
    id,
    tenantId,
    eventId,
    traceparent,
    key: (isTimer ? null : cancelKey) ?? eventId,
    value,
    lane: readLane(JSON.parse(value)),
    acceptedAt: isTimer ? releasedAt : acceptedAt,
  }
}
