import type { Channel } from '@carillon/contracts'
import { isFailure, type ReceiptAttempt, type ReceiptDelivery, type ReceiptPolicy } from '@carillon/receipts'
import type { PoolClient } from 'pg'
import { runStatement, toColumns } from '../run-statement.ts'
import { LOCK_NOTIFICATIONS_OF, LOCK_RECEIVED, MATCH_ATTEMPTS, READ_ATTEMPTS } from '../sql/receipts.ts'
import type { ReceiptToSettle } from './settle-receipts.ts'

export interface FoundDelivery extends ReceiptDelivery {
  readonly id: string
  readonly notificationId: string
  readonly tenantId: string
  readonly channel: Channel
  readonly step: number
}

export interface FoundAttempt extends ReceiptAttempt {
  readonly deliveryId: string
  readonly addressHash: string | null
}

export interface FoundReceipts {
  /** By the receipt's id. */
  readonly matches: ReadonlyMap<string, Match>
  /** Locked until the transaction ends. */
  readonly deliveries: Map<string, FoundDelivery>
  /** By the match's key. */
  readonly attempts: Map<string, FoundAttempt>
}

interface Match {
  readonly deliveryId: string
  readonly number: number
  readonly key: string
}

/** What receipts speak of, under lock: notifications where a row may be added, then deliveries, then their attempts. */
export async function findReceived(
  client: PoolClient,
  receipts: readonly ReceiptToSettle[],
  policy: ReceiptPolicy,
): Promise<FoundReceipts> {
  const matches = await matchAttempts(client, receipts)
  if (matches.size === 0) return { matches, deliveries: new Map(), attempts: new Map() }
  const mayBeRetried = receipts.flatMap(({ id, receipt }) => {
    const match = matches.get(id)
    return match && receipt.isRetryWorthwhile && isFailure(receipt.kind) ? [match.deliveryId] : []
  })
  if (mayBeRetried.length > 0) await runStatement(client, LOCK_NOTIFICATIONS_OF, [mayBeRetried])
  const ids = [...new Set([...matches.values()].map((match) => match.deliveryId))]
  const deliveries = await runStatement<FoundDelivery>(client, LOCK_RECEIVED, [ids, policy.retryAfterMs / 1_000])
  const attempts = await readAttempts(client, [...matches.values()])
  return {
    matches,
    deliveries: new Map(deliveries.map((delivery) => [delivery.id, delivery])),
    attempts: new Map(attempts.map((attempt) => [keyOf(attempt), attempt])),
  }
}

async function matchAttempts(client: PoolClient, receipts: readonly ReceiptToSettle[]): Promise<Map<string, Match>> {
  if (receipts.length === 0) return new Map()
  const values = toColumns(receipts, [
    (one) => one.id,
    (one) => one.receipt.deliveryId ?? null,
    (one) => one.receipt.attempt ?? null,
    (one) => one.receipt.providerMessageId ?? null,
  ])
  const rows = await runStatement<{ id: string; deliveryId: string; number: number }>(client, MATCH_ATTEMPTS, values)
  return new Map(rows.map(({ id, ...match }) => [id, { ...match, key: keyOf(match) }]))
}

function readAttempts(client: PoolClient, matches: readonly Match[]): Promise<FoundAttempt[]> {
  const unique = [...new Map(matches.map((match) => [match.key, match])).values()]
  const values = toColumns(unique, [(one) => one.deliveryId, (one) => one.number])
  return runStatement<FoundAttempt>(client, READ_ATTEMPTS, values)
}

function keyOf({ deliveryId, number }: { readonly deliveryId: string; readonly number: number }): string {
  return `${deliveryId} ${number}`
}
