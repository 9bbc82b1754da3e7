import type { SendResult } from './channel.ts'
import { decideNextStep, type RetryPolicy } from './decide-next-step.ts'
import type { ClaimedDelivery, DeliveryResult } from './delivery-store.ts'
import type { PreparedDelivery } from './prepare-deliveries.ts'

/** What the row will say of an answer. */
export function toDeliveryResult(
  result: SendResult,
  { loaded, addressHash, isRedirected }: PreparedDelivery,
  claimed: ClaimedDelivery,
  retry: RetryPolicy,
  random: () => number,
): DeliveryResult {
  const state = { attemptCount: claimed.attemptCount, maxAttempts: loaded.maxAttempts }
  const step = decideNextStep(result, state, retry, random)
  const isUnused = step.status === 'SCHEDULED' && !step.usesAttempt
  return {
    id: claimed.id,
    tenantId: loaded.tenantId,
    channel: loaded.channel,
    fence: claimed.fence,
    status: step.status,
    dueInMs: 'dueInMs' in step ? step.dueInMs : null,
    attemptCount: isUnused ? claimed.attemptCount - 1 : claimed.attemptCount,
    outcome: isUnused ? 'not_handed_over' : result.outcome,
    reason: 'reason' in step ? step.reason : isRedirected ? 'redirected' : null,
    error: 'error' in result ? result.error : null,
    provider: result.provider,
    providerMessageId: result.outcome === 'accepted' ? (result.providerMessageId ?? null) : null,
    suppressAddressHash: result.outcome === 'rejected' && result.suppressAddress ? addressHash : null,
    deadTokens: 'deadTokens' in result ? (result.deadTokens ?? []) : [],
  }
}
