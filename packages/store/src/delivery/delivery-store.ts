import { randomUUID } from 'node:crypto'
import type { Claim, ClaimedDelivery, DeliveryStore, SetAside, SuppressedAddress } from '@carillon/delivery'
import type { Pool } from 'pg'
import { announceOutcomes, announceTuples, type OutcomeTuple } from '../outbox/outbox.ts'
import type { StorePorts } from '../routing/routing-store.ts'
import { onlyRow, runStatement, toColumns } from '../run-statement.ts'
import { CLAIM_DELIVERIES, FIND_SUPPRESSED, SET_ASIDE } from '../sql/deliver.ts'
import { repeatConflicts } from '../transaction.ts'
import { loadDeliveries } from './load-deliveries.ts'
import { type RefusedMove, recordResults } from './record-results.ts'

export interface DeliveryStorePorts extends StorePorts {
  /** The trigger refused a move, which is a fault of ours: the row stays as it is, and a person should look. */
  readonly reportRefused?: (refused: RefusedMove) => void
}

/** Of all claims: id, status, fence and count of tries each, and what ended instead. */
interface ClaimedRow {
  readonly claimed: string | null
  readonly outcomes: readonly OutcomeTuple[] | null
}

export function createDeliveryStore({ pool, announce, reportRefused = warn }: DeliveryStorePorts): DeliveryStore {
  return {
    loadDeliveries: (ids) => repeatConflicts('load deliveries', () => loadDeliveries(pool, ids)),
    findSuppressed: (addresses) => repeatConflicts('find suppressed addresses', () => findSuppressed(pool, addresses)),
    async claimDeliveries(claims, leaseMs) {
      const outboxId = randomUUID()
      const row = await repeatConflicts('claim deliveries', () => claimDeliveries(pool, claims, leaseMs, outboxId))
      announceTuples(announce, outboxId, row.outcomes ?? [])
      return row.claimed?.split(',').map(toClaimed) ?? []
    },
    async setAside(rows) {
      const outboxId = randomUUID()
      const ended = await repeatConflicts('set deliveries aside', () => setAside(pool, rows, outboxId))
      announceOutcomes(announce, outboxId, ended)
    },
    recordResults: (results) => recordResults(pool, announce, reportRefused, results),
  }
}

function findSuppressed(pool: Pool, addresses: readonly SuppressedAddress[]): Promise<SuppressedAddress[]> {
  const values = toColumns(addresses, [(one) => one.tenantId, (one) => one.channel, (one) => one.addressHash])
  return runStatement<SuppressedAddress>(pool, FIND_SUPPRESSED, values)
}

async function claimDeliveries(pool: Pool, claims: readonly Claim[], leaseMs: number, outboxId: string) {
  const columns = toColumns(claims, [(one) => one.id, (one) => one.addressHash, (one) => one.provider])
  return onlyRow(await runStatement<ClaimedRow>(pool, CLAIM_DELIVERIES, [...columns, leaseMs / 1_000, outboxId]))
}

function toClaimed(claimed: string): ClaimedDelivery {
  const [id = '', status, fence, attemptCount] = claimed.split(' ')
  if (status !== 'SENDING' && status !== 'CANCELLED' && status !== 'EXPIRED') throw new Error(`claimed as ${status}`)
  return { id, status, fence: Number(fence), attemptCount: Number(attemptCount) }
}

function setAside(pool: Pool, rows: readonly SetAside[], outboxId: string) {
  const columns = toColumns(rows, [
    (one) => one.id,
    (one) => one.status,
    (one) => one.reason,
    (one) => (one.status === 'SCHEDULED' ? one.dueInMs : null),
  ])
  return runStatement<{ outcome: OutcomeTuple | null }>(pool, SET_ASIDE, [...columns, outboxId])
}

function warn({ deliveryId, error }: RefusedMove): void {
  process.emitWarning(`a move of delivery ${deliveryId} was refused: ${String(error)}`, 'RefusedMove')
}
