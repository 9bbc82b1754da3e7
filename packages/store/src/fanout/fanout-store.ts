import type { FanoutRecord, NotificationEvent } from '@carillon/contracts'
import type { FanoutChunk, FanoutStore, SavedChunk, TakenFanout } from '@carillon/routing'
import type { Pool } from 'pg'
import { countPeople, resolvePeople } from '../audiences/audience.ts'
import { changeInboxes, ownersOf } from '../inbox/inbox-changes.ts'
import { recordPublished } from '../outbox/record-published.ts'
import { loadFacts } from '../routing/load-facts.ts'
import { FIRST_LOOK_MS, type FirstLookMs, type StorePorts } from '../routing/routing-store.ts'
import { savePlans } from '../routing/save-plans.ts'
import { runStatement, type Statement } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import type { FieldCipher } from '../sealing/field-cipher.ts'
import { openJson } from '../sealing/sealed-json.ts'
import {
  COMPLETE_EVENT,
  FAIL_FANOUT,
  GIVE_BACK_FANOUT,
  KEEP_FANOUT,
  LIST_UNFINISHED,
  MOVE_CURSOR,
  TAKE_DUE_FANOUTS,
  TAKE_FANOUT,
} from '../sql/fanout.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'

export function createFanoutStore({ pool, announce, firstLookMs = FIRST_LOOK_MS }: StorePorts): FanoutStore {
  return {
    async takeFanout(fanoutId, owner, leaseMs) {
      const [row] = await run<FanoutRow>(pool, TAKE_FANOUT, [fanoutId, owner, leaseMs / 1_000])
      return row && toTaken(row, cipherOf(pool))
    },
    countPeople: (fanout) => repeatConflicts('count an audience', () => countPeople(pool, fanout)),
    resolvePeople: (fanout, cursor, limit) =>
      repeatConflicts('resolve an audience', () => resolvePeople(pool, fanout, cursor, limit)),
    loadFacts: (request) => repeatConflicts('load facts', () => loadFacts(pool, request)),
    async saveChunk(chunk) {
      const saved = await changeInboxes(pool, ownersOf(chunk.chunk.notifications), () =>
        repeatConflicts('save a chunk', () => saveChunk(pool, chunk, firstLookMs)),
      )
      if (saved?.outbox) announce(saved.outbox)
      return saved
    },
    recordPublished: (dispatches) => recordPublished(pool, dispatches),
    async keepFanout({ fanoutId, owner, leaseMs }, deliveryIds) {
      const values = [fanoutId, owner, leaseMs / 1_000, deliveryIds]
      const [row] = await run<{ unfinished: string[] }>(pool, KEEP_FANOUT, values)
      return row?.unfinished
    },
    async listUnfinished({ event }, limit) {
      const rows = await run<{ id: string }>(pool, LIST_UNFINISHED, [event.tenantId, event.id, limit])
      return rows.map(({ id }) => id)
    },
    async giveBack({ fanoutId, owner }, restMs, failure) {
      await run(pool, GIVE_BACK_FANOUT, [fanoutId, owner, restMs / 1_000, failure?.slice(0, 1_000) ?? null])
    },
    async failFanout({ fanoutId, owner }, reason, detail) {
      await run(pool, FAIL_FANOUT, [fanoutId, owner, reason, detail.slice(0, 1_000)])
    },
    takeDueFanouts: (limit) => run<FanoutRecord>(pool, TAKE_DUE_FANOUTS, [limit]),
  }
}

function run<Row extends object>(pool: Pool, statement: Statement, values: readonly unknown[]): Promise<Row[]> {
  return repeatConflicts(statement.name, () => runStatement<Row>(pool, statement, values))
}

interface FanoutRow {
  readonly fanoutId: string
  readonly tenantId: string
  readonly eventId: string
  readonly event: NotificationEvent | string
  readonly rule: unknown
  readonly fingerprint: string
  readonly traceparent: string | null
  readonly acceptedAt: Date
  readonly cursor: string
  readonly total: number | null
  readonly failures: number
}

function toTaken(row: FanoutRow, cipher: FieldCipher): TakenFanout {
  const { tenantId, eventId: id, event: sealed, fingerprint, traceparent, acceptedAt, ...rest } = row
  const event = openJson(cipher, tenantId, sealed)
  if (event === null) throw new Error(`take fan-out ${row.fanoutId}: its event was forgotten`)
  return { ...rest, event: { tenantId, id, event, fingerprint, traceparent, acceptedAt } }
}

/** A stub in the way may be swept meanwhile; then the chunk is done again and finds room. */
async function saveChunk(pool: Pool, chunk: FanoutChunk, firstLookMs: FirstLookMs) {
  for (;;) {
    const saved = await inTransaction(
      pool,
      async (client) => {
        const { fanoutId, owner, from, to, people, isLast, total, leaseMs } = chunk
        const values = [fanoutId, owner, from, to, people, isLast, total, leaseMs / 1_000]
        const [row] = await runStatement<{ tenantId: string; eventId: string; resolved: number }>(
          client,
          MOVE_CURSOR,
          values,
        )
        if (row === undefined) return undefined
        const plans = await savePlans(client, chunk.chunk, firstLookMs, cipherOf(pool))
        if (isLast && isWhole(plans))
          await runStatement(client, COMPLETE_EVENT, [row.tenantId, row.eventId, row.resolved])
        return plans
      },
      (plans) => plans !== undefined && isWhole(plans),
    )
    if (saved === undefined || !saved.mustRepeat || saved.conflicts.length > 0) return saved
  }
}

function isWhole({ mustRepeat, conflicts }: Pick<SavedChunk, 'conflicts'> & { readonly mustRepeat: boolean }): boolean {
  return !mustRepeat && conflicts.length === 0
}
