import { randomUUID } from 'node:crypto'
import { type ReceiptRecord, receiptRecordSchema } from '@carillon/contracts'
import type { ReceiptPolicy, ReceiptStore } from '@carillon/receipts'
import type { PoolClient } from 'pg'
import { announceOutcomes } from '../outbox/outbox.ts'
import type { StorePorts } from '../routing/routing-store.ts'
import { runStatement, toColumns } from '../run-statement.ts'
import { INSERT_RECEIPTS, LIST_TENANT_IDS, TAKE_DUE_RECEIPTS } from '../sql/receipts.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'
import { type ReceiptToSettle, type Settled, settleReceipts } from './settle-receipts.ts'

export function createReceiptStore({ pool, announce }: StorePorts): ReceiptStore {
  async function settle(
    action: string,
    policy: ReceiptPolicy,
    take: (client: PoolClient) => Promise<readonly ReceiptToSettle[]>,
  ) {
    const { settled, outcomes } = await repeatConflicts(action, () =>
      inTransaction(pool, async (client): Promise<Settled> => settleReceipts(client, await take(client), policy)),
    )
    for (const { outboxId, rows } of outcomes) announceOutcomes(announce, outboxId, rows)
    return settled
  }

  return {
    saveReceipts: (receipts, policy) =>
      settle('save receipts', policy, (client) => insertReceipts(client, dropRepeated(receipts))),
    applyDueReceipts: (limit, policy) =>
      settle('apply due receipts', policy, (client) => takeDueReceipts(client, limit)),
    async listTenantIds() {
      const rows = await repeatConflicts('list tenants', () => runStatement<{ id: string }>(pool, LIST_TENANT_IDS, []))
      return rows.map((row) => row.id)
    },
  }
}

/** The first of the same wins, as it would between two batches. */
function dropRepeated(receipts: readonly ReceiptRecord[]): readonly ReceiptRecord[] {
  const first = new Map<string, ReceiptRecord>()
  for (const receipt of receipts) {
    const key = JSON.stringify([receipt.provider, receipt.providerEventId])
    if (!first.has(key)) first.set(key, receipt)
  }
  return [...first.values()]
}

async function insertReceipts(client: PoolClient, receipts: readonly ReceiptRecord[]): Promise<ReceiptToSettle[]> {
  if (receipts.length === 0) return []
  const given = receipts.map((receipt) => ({ id: randomUUID(), receipt }))
  const values = toColumns(given, [
    (one) => one.id,
    (one) => one.receipt.provider,
    (one) => one.receipt.providerEventId,
    (one) => one.receipt.providerMessageId ?? null,
    (one) => one.receipt.deliveryId ?? null,
    (one) => one.receipt.attempt ?? null,
    (one) => one.receipt.kind,
    (one) => one.receipt.rank,
    (one) => one.receipt.reason ?? null,
    (one) => JSON.stringify(one.receipt),
  ])
  const inserted = new Set((await runStatement<{ id: string }>(client, INSERT_RECEIPTS, values)).map((row) => row.id))
  return given.filter(({ id }) => inserted.has(id))
}

async function takeDueReceipts(client: PoolClient, limit: number): Promise<ReceiptToSettle[]> {
  const rows = await runStatement<{ id: string; payload: unknown }>(client, TAKE_DUE_RECEIPTS, [limit])
  return rows.map(({ id, payload }) => ({ id, receipt: receiptRecordSchema.parse(payload) }))
}
