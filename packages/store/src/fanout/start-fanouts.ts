import type { FanoutRecord } from '@carillon/contracts'
import type { FanoutToStart, StartedFanouts } from '@carillon/routing'
import type { PoolClient } from 'pg'
import { forNobody } from '../privacy/leave-out.ts'
import { leaveOutErased } from '../privacy/leave-out-erased.ts'
import { takeEvents } from '../routing/take-events.ts'
import { runStatement, toColumns } from '../run-statement.ts'
import type { FieldCipher } from '../sealing/field-cipher.ts'
import { sealJson } from '../sealing/sealed-json.ts'
import { FIND_WAITING_FANOUTS, START_FANOUTS } from '../sql/fanout.ts'

/** One pass inside a transaction: events → their fan-outs → which of them nobody works on. */
export async function startFanouts(
  client: PoolClient,
  fanouts: readonly FanoutToStart[],
  cipher: FieldCipher,
): Promise<StartedFanouts> {
  const { isPlanned, conflicts } = await takeEvents(client, {
    events: fanouts.map((one) => one.planned),
    notifications: [],
  })
  const taken = fanouts.filter(({ planned }) => isPlanned(planned.tenantId, planned.id))
  if (taken.length === 0) return { waiting: [], conflicts }
  const events = await leaveOutErased(
    client,
    taken.map(({ planned, event }) => ({ ...planned, event })),
  )
  const started = taken.map((one, index) => ({ ...one, event: events[index] ?? forNobody(one.event) }))
  const values = toColumns(started, [
    (one) => one.planned.tenantId,
    (one) => one.planned.id,
    (one) => sealJson(cipher, one.planned.tenantId, one.event),
    (one) => one.planned.fingerprint,
    (one) => one.planned.traceparent,
    (one) => one.planned.acceptedAt.toISOString(),
    (one) => one.event.audience?.segment ?? null,
  ])
  await runStatement(client, START_FANOUTS, values)
  const waiting = await runStatement<FanoutRecord>(client, FIND_WAITING_FANOUTS, values.slice(0, 2))
  return { waiting, conflicts }
}
