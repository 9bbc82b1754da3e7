import { decideHolds, type EventToHold, factKey, type HeldEvent, type HoldVerdict } from '@carillon/routing'
import type { Pool, PoolClient } from 'pg'
import { leaveOutErased } from '../privacy/leave-out-erased.ts'
import { onlyRow, runStatement, toColumns } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import type { FieldCipher } from '../sealing/field-cipher.ts'
import { sealJson } from '../sealing/sealed-json.ts'
import { CHANGE_HOLDS, INSERT_HOLDS, LOCK_KEYS, READ_CANCELLED_KEYS, READ_HOLDS } from '../sql/held.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'

/** lock the keys → read → decide (pure) → write what gives way, then what comes new. */
export function holdEvents(
  pool: Pool,
  events: readonly EventToHold[],
  acceptedAfterMs: number,
): Promise<readonly HoldVerdict[]> {
  return repeatConflicts('hold events', () =>
    inTransaction(pool, async (client) => {
      const keys = events.flatMap(({ tenantId, event }) =>
        event.cancelKey ? [{ tenantId, cancelKey: event.cancelKey }] : [],
      )
      const { now, cancelledKeys } = await lockKeys(client, keys)
      const rows = await readHolds(client, events, keys)
      const acceptedAfter = new Date(now.getTime() - acceptedAfterMs)
      const { verdicts, inserted, changed } = decideHolds(events, { now, rows, cancelledKeys, acceptedAfter })
      if (changed.length > 0) await changeHolds(client, changed)
      if (inserted.length > 0) await insertHolds(client, inserted, cipherOf(pool))
      return verdicts
    }),
  )
}

interface CancelKey {
  readonly tenantId: string
  readonly cancelKey: string
}

interface CancelledKeysRow {
  readonly now: Date
  readonly keys: readonly (readonly [tenantId: string, cancelKey: string, cancelledAt: string])[] | null
}

async function lockKeys(client: PoolClient, keys: readonly CancelKey[]) {
  const columns = toColumns(keys, [(one) => one.tenantId, (one) => one.cancelKey])
  if (keys.length > 0) await runStatement(client, LOCK_KEYS, columns)
  const row = onlyRow(await runStatement<CancelledKeysRow>(client, READ_CANCELLED_KEYS, columns))
  const known = (row.keys ?? []).map(([tenant, key, at]) => [factKey(tenant, key), new Date(at)] as const)
  return { now: row.now, cancelledKeys: new Map(known) }
}

function readHolds(client: PoolClient, events: readonly EventToHold[], keys: readonly CancelKey[]) {
  const values = [
    ...toColumns(events, [(one) => one.tenantId, (one) => one.id]),
    ...toColumns(keys, [(one) => one.tenantId, (one) => one.cancelKey]),
  ]
  return runStatement<HeldEvent & Record<string, unknown>>(client, READ_HOLDS, values)
}

async function changeHolds(client: PoolClient, changed: readonly HeldEvent[]): Promise<void> {
  const values = toColumns(changed, [
    (row) => row.tenantId,
    (row) => row.eventId,
    (row) => row.cancelKey,
    (row) => row.state,
    (row) => row.reason,
  ])
  await runStatement(client, CHANGE_HOLDS, values)
}

type HoldToInsert = HeldEvent & { readonly source: EventToHold }

async function insertHolds(client: PoolClient, inserted: readonly HoldToInsert[], cipher: FieldCipher): Promise<void> {
  const events = await leaveOutErased(
    client,
    inserted.map(({ source }) => source),
  )
  const rows = inserted.map((row, index) => withoutErased(row, events[index] ?? null))
  const values = toColumns(rows, [
    (row) => row.tenantId,
    (row) => row.eventId,
    (row) => row.state,
    (row) => row.cancelKey,
    (row) => sealJson(cipher, row.tenantId, row.event),
    (row) => row.fingerprint,
    (row) => row.onSameKey,
    (row) => row.source.event.requiresApproval === true,
    (row) => row.source.traceparent,
    (row) => row.acceptedAt.toISOString(),
    (row) => row.source.event.sendAt ?? null,
    (row) => row.reason,
    (row) => row.source.event.type,
    (row) => row.source.event.category ?? 'general',
  ])
  await runStatement(client, INSERT_HOLDS, values)
}

/** What is for nobody else waits no more; what is let go already ends where it is planned. */
function withoutErased(row: HoldToInsert, event: HoldToInsert['source']['event'] | null) {
  const isErased = event === null && row.state === 'WAITING'
  return { ...row, event, ...(isErased && { state: 'CANCELLED' as const, reason: 'erased' }) }
}
