import type { DeliveryResult, RecordedDelivery } from '@carillon/delivery'
import { type Announce, changeDelivery, isRefusedMove, type Memory, runAtomically } from './memory.ts'
import { keepOutcomes } from './outbox.ts'
import { rowKey, type StoredDelivery } from './rows.ts'

export interface RefusedMove {
  readonly deliveryId: string
  readonly fence: number
  readonly error: unknown
}

/** One statement; when the trigger refuses a row, halves, until the bad one stands alone (D3). */
export function recordResults(
  memory: Memory,
  announce: Announce,
  reportRefused: (refused: RefusedMove) => void,
  results: readonly DeliveryResult[],
): RecordedDelivery[] {
  const [first] = results
  if (!first) return []
  try {
    const { recorded, outbox } = runAtomically(memory, () => recordAll(memory, results))
    if (outbox) announce(outbox)
    return recorded
  } catch (error) {
    if (!isRefusedMove(error)) throw error
    if (results.length === 1) {
      completeAttempt(memory, first)
      reportRefused({ deliveryId: first.id, fence: first.fence, error })
      return []
    }
    const half = Math.ceil(results.length / 2)
    return [results.slice(0, half), results.slice(half)].flatMap((some) =>
      recordResults(memory, announce, reportRefused, some),
    )
  }
}

function recordAll(memory: Memory, results: readonly DeliveryResult[]) {
  const { tables, removed } = memory
  const moved: StoredDelivery[] = []
  const recorded: RecordedDelivery[] = []
  for (const result of results) {
    const row = tables.deliveries.get(result.id)
    if (!row || (row.fence !== result.fence && !removed.has('D2 fence'))) continue
    const after = applyResult(memory, row, result)
    if (after) moved.push(after)
    const { id, status } = after ?? row
    if (isReported(status)) recorded.push({ id, status })
  }
  for (const result of results) {
    completeAttempt(memory, result)
    suppressAddress(memory, result)
  }
  return { recorded, outbox: keepOutcomes(memory, moved) }
}

function isReported(status: StoredDelivery['status']): status is RecordedDelivery['status'] {
  return status !== 'PENDING' && status !== 'SENDING' && status !== 'DELIVERED' && status !== 'SUPPRESSED'
}

/** From SENDING always; from what the clock made of it meanwhile, unless the answer tells nothing new. */
function applyResult(memory: Memory, row: StoredDelivery, result: DeliveryResult): StoredDelivery | undefined {
  const now = memory.nowMs()
  const dueAt = now + (result.dueInMs ?? 0)
  const status = decideStatus(row, result, dueAt)
  const isLate = row.status === 'UNKNOWN' || row.status === 'SCHEDULED' || row.status === 'PENDING'
  const mayLeave = row.status === 'SENDING' || (isLate && status !== 'UNKNOWN') || memory.removed.has('D2 statuses')
  if (!mayLeave) return undefined
  const leaves = row.stopOn !== null && !memory.removed.has('D6 sibling')
  const isWaiting = status === 'SCHEDULED' || status === 'UNKNOWN'
  return changeDelivery(memory, row, {
    status,
    attemptCount: result.attemptCount,
    leaseUntil: null,
    dueAt: isWaiting ? dueAt : leaves && (status === 'FAILED' || status === 'EXPIRED') ? now : null,
    scheduledFor: status === 'SCHEDULED' ? dueAt : row.scheduledFor,
    sentAt: status === 'SENT' ? now : row.sentAt,
    provider: result.provider,
    reason: status === 'CANCELLED' ? 'stopped' : status === 'EXPIRED' ? 'expired' : result.reason,
    error: result.error,
  })
}

function decideStatus(row: StoredDelivery, result: DeliveryResult, dueAt: number): RecordedDelivery['status'] {
  if (result.status !== 'SCHEDULED') return result.status
  if (row.stopRequestedAt !== null) return 'CANCELLED'
  return dueAt >= row.expiresAt ? 'EXPIRED' : 'SCHEDULED'
}

function completeAttempt({ tables, nowMs }: Memory, result: DeliveryResult): void {
  const key = rowKey(result.id, result.fence)
  const attempt = tables.attempts.get(key)
  if (!attempt) return
  const { outcome, reason, error, provider } = result
  tables.attempts.set(key, {
    ...attempt,
    outcome,
    reason,
    error,
    provider,
    providerMessageId: result.providerMessageId ?? attempt.providerMessageId,
    endedAt: attempt.endedAt ?? nowMs(),
  })
}

function suppressAddress({ tables }: Memory, result: DeliveryResult): void {
  const { id: deliveryId, tenantId, channel, suppressAddressHash: addressHash, reason } = result
  if (addressHash === null) return
  const key = rowKey(tenantId, channel, addressHash)
  if (!tables.suppressions.has(key))
    tables.suppressions.set(key, { tenantId, channel, addressHash, reason: reason ?? 'rejected', deliveryId })
}
