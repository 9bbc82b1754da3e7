import type { ReceiptRecord } from '@carillon/contracts'
import {
  decideReceipt,
  isAboutMessage,
  isWish,
  type ReceiptPolicy,
  type ReceiptResult,
  type SettledReceipt,
} from '@carillon/receipts'
import type { PoolClient } from 'pg'
import { runStatement, toColumns } from '../run-statement.ts'
import { SETTLE_RECEIPTS } from '../sql/receipts.ts'
import { type AnnouncedOutcomes, type AppliedReceipt, suppressesAddress, writeReceipts } from './apply-receipts.ts'
import { type FoundReceipts, findReceived } from './find-received.ts'

/**
 * One transaction over many receipts: find what they speak of and lock it, decide each in the order in which they came,
 * write what that leads to, and say on the receipts what became of them.
 */

export interface ReceiptToSettle {
  readonly id: string
  readonly receipt: ReceiptRecord
}

export interface Settled {
  readonly settled: readonly SettledReceipt[]
  readonly outcomes: readonly AnnouncedOutcomes[]
}

export async function settleReceipts(
  client: PoolClient,
  toSettle: readonly ReceiptToSettle[],
  policy: ReceiptPolicy,
): Promise<Settled> {
  if (toSettle.length === 0) return { settled: [], outcomes: [] }
  const found = await findReceived(
    client,
    toSettle.filter(({ receipt }) => isAboutMessage(receipt)),
    policy,
  )
  const applied = applyInOrder(toSettle, found)
  const outcomes = await writeReceipts(client, applied, policy)
  return { settled: await sayResults(client, applied, policy), outcomes }
}

/** Several receipts of one message in one batch: each sees what the one before it led to. */
function applyInOrder(toSettle: readonly ReceiptToSettle[], { matches, deliveries, attempts }: FoundReceipts) {
  return toSettle.map(({ id, receipt }): AppliedReceipt => {
    if (!isAboutMessage(receipt)) return { id, receipt, step: { step: isWish(receipt) ? 'wish' : 'note' } }
    const match = matches.get(id)
    const delivery = match && deliveries.get(match.deliveryId)
    const attempt = match && attempts.get(match.key)
    const step = decideReceipt(receipt, delivery, attempt)
    if (!match || !delivery || !attempt) return { id, receipt, step }
    if (step.step === 'deliver' || step.step === 'fail') {
      deliveries.set(delivery.id, { ...delivery, status: step.step === 'deliver' ? 'DELIVERED' : 'FAILED' })
    }
    if (step.step !== 'wait') {
      const receiptRank = Math.max(attempt.receiptRank, receipt.rank)
      attempts.set(match.key, { ...attempt, receiptRank })
    }
    return { id, receipt, step, about: { delivery, attempt } }
  })
}

async function sayResults(
  client: PoolClient,
  applied: readonly AppliedReceipt[],
  policy: ReceiptPolicy,
): Promise<SettledReceipt[]> {
  const columns = toColumns(applied, [
    (one) => one.id,
    (one) => one.about?.delivery.id ?? null,
    (one) => one.about?.attempt.number ?? null,
    (one) => nameResult(one),
  ])
  const waits = policy.waitsMs.map((ms) => ms / 1_000)
  const rows = await runStatement<{ id: string; result: ReceiptResult }>(client, SETTLE_RECEIPTS, [
    ...columns,
    waits,
    policy.giveUpAfterMs / 1_000,
  ])
  const results = new Map(rows.map((row) => [row.id, row.result]))
  return applied.map(({ id, receipt, about }) => ({
    provider: receipt.provider,
    providerEventId: receipt.providerEventId,
    kind: receipt.kind,
    reason: receipt.reason ?? null,
    alert: receipt.alert ?? false,
    deliveryId: about?.delivery.id ?? null,
    result: results.get(id) ?? 'waiting',
  }))
}

function nameResult(one: AppliedReceipt): ReceiptResult {
  switch (one.step.step) {
    case 'wish':
      return one.receipt.kind === 'opted_out' ? 'suppressed' : 'lifted'
    case 'deliver':
      return 'delivered'
    case 'fail':
      return one.step.retry ? 'failed_retried' : 'failed'
    case 'wait':
      return 'waiting'
    case 'note':
      return suppressesAddress(one) ? 'suppressed' : 'noted'
    case 'outdated':
      return suppressesAddress(one) ? 'suppressed' : 'outdated'
  }
}
