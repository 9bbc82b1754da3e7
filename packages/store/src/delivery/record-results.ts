import { randomUUID } from 'node:crypto'
import type { DeliveryResult, RecordedDelivery } from '@carillon/delivery'
import type { Pool } from 'pg'
import { type Announce, announceTuples, type OutcomeTuple } from '../outbox/outbox.ts'
import { hashToken } from '../people/device-store.ts'
import { onlyRow, runStatement, toColumns } from '../run-statement.ts'
import { COMPLETE_ATTEMPT, RECORD_RESULTS, RECORD_RESULTS_AND_DEVICES } from '../sql/deliver.ts'
import { repeatConflicts, sqlStateOf } from '../transaction.ts'

export interface RefusedMove {
  readonly deliveryId: string
  readonly fence: number
  readonly error: unknown
}

const MOVE_REFUSED = 'CA001'
const REPORTED = new Set<string>(['SENT', 'FAILED', 'SCHEDULED', 'UNKNOWN', 'CANCELLED', 'EXPIRED'])

/** Of all results: what ended, and the ids and statuses of what has not, or not by this statement. */
interface RecordedRow {
  readonly outcomes: readonly OutcomeTuple[] | null
  readonly others: string | null
}

/**
 * One statement for all results. When the trigger refuses a row, the batch is split in halves until the bad one stands
 * alone (D3), so that it never rolls back what the others' providers said.
 */
export async function recordResults(
  pool: Pool,
  announce: Announce,
  reportRefused: (refused: RefusedMove) => void,
  results: readonly DeliveryResult[],
): Promise<readonly RecordedDelivery[]> {
  const [first] = results
  if (first === undefined) return []
  const outboxId = randomUUID()
  try {
    const { outcomes, others } = await repeatConflicts('record results', () => runRecord(pool, results, outboxId))
    announceTuples(announce, outboxId, outcomes ?? [])
    const ended = (outcomes ?? []).map(([id, , , , status]) => ({ id, status }))
    return [...ended, ...readOthers(others)].filter(isReported)
  } catch (error) {
    if (sqlStateOf(error) !== MOVE_REFUSED) throw error
    if (results.length > 1) {
      const half = Math.ceil(results.length / 2)
      const recorded = await recordResults(pool, announce, reportRefused, results.slice(0, half))
      return [...recorded, ...(await recordResults(pool, announce, reportRefused, results.slice(half)))]
    }
    await repeatConflicts('complete an attempt', () => completeAttempt(pool, first))
    reportRefused({ deliveryId: first.id, fence: first.fence, error })
    return []
  }
}

function readOthers(others: string | null): { readonly id: string; readonly status: string }[] {
  return (others?.split(',') ?? []).map((other) => {
    const [id = '', status = ''] = other.split(' ')
    return { id, status }
  })
}

function isReported(row: { readonly id: string; readonly status: string }): row is RecordedDelivery {
  return REPORTED.has(row.status)
}

async function runRecord(pool: Pool, results: readonly DeliveryResult[], outboxId: string): Promise<RecordedRow> {
  const columns = toColumns(results, [
    (one) => one.id,
    (one) => one.fence,
    (one) => one.status,
    (one) => one.dueInMs,
    (one) => one.attemptCount,
    (one) => one.outcome,
    (one) => one.reason,
    (one) => one.error,
    (one) => one.provider,
    (one) => one.providerMessageId,
    (one) => one.tenantId,
    (one) => one.channel,
    (one) => one.suppressAddressHash,
  ])
  const dead = results.flatMap(({ id, fence, deadTokens }) =>
    deadTokens.map((token) => ({ id, fence, tokenHash: hashToken(token) })),
  )
  if (dead.length === 0) return onlyRow(await runStatement<RecordedRow>(pool, RECORD_RESULTS, [...columns, outboxId]))
  const deadColumns = toColumns(dead, [(one) => one.id, (one) => one.fence, (one) => one.tokenHash])
  const values = [...columns, outboxId, ...deadColumns]
  return onlyRow(await runStatement<RecordedRow>(pool, RECORD_RESULTS_AND_DEVICES, values))
}

function completeAttempt(pool: Pool, result: DeliveryResult): Promise<unknown> {
  const { id, fence, outcome, reason, error, provider, providerMessageId } = result
  return runStatement(pool, COMPLETE_ATTEMPT, [id, fence, outcome, reason, error, provider, providerMessageId])
}
