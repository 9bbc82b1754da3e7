import type { SendResult } from './channel.ts'
import type { ClaimedDelivery, RecordedDelivery } from './delivery-store.ts'
import type { PreparedDelivery } from './prepare-deliveries.ts'
import type { ObservedAttempt } from './worker-ports.ts'

/** Without what its row says now, somebody else had moved it on. */
export function toObservedAttempt(
  result: SendResult,
  { loaded, isRedirected }: PreparedDelivery,
  { id, fence }: ClaimedDelivery,
  recorded: RecordedDelivery | undefined,
  startedAtMs: number,
): ObservedAttempt {
  const { notificationId, tenantId, acceptedAt } = loaded
  return {
    deliveryId: id,
    notificationId,
    tenantId,
    attempt: fence,
    outcome: result.outcome,
    status: recorded?.status ?? 'moved_on',
    reason: result.outcome === 'accepted' ? (isRedirected ? 'redirected' : null) : result.reason,
    provider: result.provider,
    durationMs: performance.now() - startedAtMs,
    acceptedToDoneMs: Date.now() - acceptedAt.getTime(),
    isAlert: 'alert' in result && result.alert === true,
  }
}
