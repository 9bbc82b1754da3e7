import { randomUUID } from 'node:crypto'
import type { ReceiptRecord } from '@carillon/contracts'
import { deriveDeliveryId } from '@carillon/contracts'
import { isFailure, OPT_OUT_REASON, type ReceiptPolicy, type ReceiptStep } from '@carillon/receipts'
import type { PoolClient } from 'pg'
import type { OutcomeTuple } from '../outbox/outbox.ts'
import { runStatement, toColumns } from '../run-statement.ts'
import { INSERT_RETRIES, MOVE_RECEIVED, NOTE_RECEIVED } from '../sql/receipts.ts'
import type { FoundAttempt, FoundDelivery } from './find-received.ts'
import { type AddressToSuppress, applyWishes, suppressAddresses } from './suppress-addresses.ts'

export interface AppliedReceipt {
  readonly id: string
  readonly receipt: ReceiptRecord
  readonly step: ReceiptStep | { readonly step: 'wish' }
  /** As they stood before this receipt. */
  readonly about?: { readonly delivery: FoundDelivery; readonly attempt: FoundAttempt }
}

export interface AnnouncedOutcomes {
  readonly outboxId: string
  readonly rows: readonly { readonly outcome: OutcomeTuple | null }[]
}

type AboutMessage = Required<AppliedReceipt>

const NO_REASON = 'receipt_not_delivered'

export async function writeReceipts(
  client: PoolClient,
  applied: readonly AppliedReceipt[],
  { retryAfterMs }: ReceiptPolicy,
): Promise<readonly AnnouncedOutcomes[]> {
  const matched = applied.filter((one): one is AboutMessage => one.about !== undefined)
  const outcomes = [
    await moveDeliveries(client, matched.filter(isMove)),
    await insertRetries(client, matched.filter(isRetried), retryAfterMs),
  ]
  await noteAttempts(client, matched.filter(isNoted))
  await suppressAddresses(client, matched.flatMap(toSuppression))
  await applyWishes(
    client,
    applied.filter(({ step }) => step.step === 'wish').map(({ receipt }) => receipt),
  )
  return outcomes
}

function isMove({ step }: AppliedReceipt): boolean {
  return step.step === 'deliver' || step.step === 'fail'
}

function isRetried({ step }: AppliedReceipt): boolean {
  return step.step === 'fail' && step.retry
}

function isNoted(one: AppliedReceipt): boolean {
  return isMove(one) || one.step.step === 'note'
}

async function moveDeliveries(client: PoolClient, moves: readonly AboutMessage[]): Promise<AnnouncedOutcomes> {
  const outboxId = randomUUID()
  if (moves.length === 0) return { outboxId, rows: [] }
  const values = toColumns(moves, [
    (one) => one.about.delivery.id,
    (one) => one.about.delivery.fence,
    (one) => one.about.delivery.status,
    (one) => (one.step.step === 'deliver' ? 'DELIVERED' : 'FAILED'),
    (one) => one.receipt.provider,
    (one) => reasonOf(one.receipt),
    (one) => errorOf(one.receipt),
    (one) => isRetried(one),
  ])
  return { outboxId, rows: await runStatement(client, MOVE_RECEIVED, [...values, outboxId]) }
}

async function insertRetries(
  client: PoolClient,
  retried: readonly AboutMessage[],
  retryAfterMs: number,
): Promise<AnnouncedOutcomes> {
  const outboxId = randomUUID()
  if (retried.length === 0) return { outboxId, rows: [] }
  const values = toColumns(retried, [
    ({ about: { delivery } }) =>
      deriveDeliveryId(delivery.notificationId, delivery.channel, delivery.step, delivery.replay + 1),
    ({ about: { delivery } }) => delivery.id,
  ])
  return { outboxId, rows: await runStatement(client, INSERT_RETRIES, [...values, retryAfterMs / 1_000, outboxId]) }
}

interface AttemptNote {
  readonly attempt: FoundAttempt
  readonly rank: number
  readonly providerMessageId: string | null
  readonly reason: string | null
  readonly error: string | null
}

/** One note an attempt: a statement changes a row once, whatever stands for it twice. */
async function noteAttempts(client: PoolClient, noted: readonly AboutMessage[]): Promise<void> {
  const notes = new Map<string, AttemptNote>()
  for (const { receipt, about } of noted) {
    const key = `${about.attempt.deliveryId} ${about.attempt.number}`
    const before = notes.get(key)
    notes.set(key, {
      attempt: about.attempt,
      rank: Math.max(before?.rank ?? 0, receipt.rank),
      providerMessageId: before?.providerMessageId ?? receipt.providerMessageId ?? null,
      reason: before?.reason ?? reasonOf(receipt),
      error: before?.error ?? errorOf(receipt),
    })
  }
  if (notes.size === 0) return
  const values = toColumns(
    [...notes.values()],
    [
      (one) => one.attempt.deliveryId,
      (one) => one.attempt.number,
      (one) => one.rank,
      (one) => one.providerMessageId,
      (one) => one.reason,
      (one) => one.error,
    ],
  )
  await runStatement(client, NOTE_RECEIVED, values)
}

function reasonOf({ kind, reason }: ReceiptRecord): string | null {
  return isFailure(kind) ? (reason ?? NO_REASON) : null
}

function errorOf({ kind, provider, providerCode }: ReceiptRecord): string | null {
  return isFailure(kind) && providerCode !== undefined ? `${provider} said ${providerCode}` : null
}

export function suppressesAddress({ receipt, about }: AppliedReceipt): boolean {
  if (about === undefined || about.attempt.addressHash === null) return false
  return receipt.suppressAddress === true || receipt.kind === 'complained' || receipt.kind === 'opted_out'
}

/** The address that this very attempt went to: the person may have another one by now. */
function toSuppression(one: AboutMessage): AddressToSuppress[] {
  const { receipt, about } = one
  const { addressHash } = about.attempt
  if (!suppressesAddress(one) || addressHash === null) return []
  const { id, tenantId, channel } = about.delivery
  const reason = receipt.reason ?? (receipt.kind === 'opted_out' ? OPT_OUT_REASON : receipt.kind)
  return [{ tenantId, channel, addressHash, reason, deliveryId: id }]
}
