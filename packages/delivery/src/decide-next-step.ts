import type { SendResult } from './channel.ts'

/** Where a delivery stands when an answer comes in; `attemptCount` counts the try that was just made. */
export interface DeliveryState {
  readonly attemptCount: number
  readonly maxAttempts: number
}

export interface RetryPolicy {
  readonly backoff: Backoff
  /** Reasons that wait longer than others: a greylisting server wants minutes. Also how many tries a reason is worth. */
  readonly byReason: Readonly<Record<string, { readonly backoff?: Backoff; readonly maxAttempts?: number }>>
  /** Longer than the provider's slowest accept: only then is an unknown outcome looked at. */
  readonly resolveUnknownAfterMs: number
}

export type Backoff =
  | { readonly kind: 'exponential'; readonly baseMs: number; readonly maxMs: number }
  | { readonly kind: 'linear'; readonly stepMs: number; readonly maxMs: number }
  | { readonly kind: 'listed'; readonly delaysMs: readonly [number, ...number[]] }

export type NextStep =
  | { readonly status: 'SENT' }
  | { readonly status: 'FAILED'; readonly reason: string }
  | { readonly status: 'SCHEDULED'; readonly reason: string; readonly dueInMs: number; readonly usesAttempt: boolean }
  | { readonly status: 'UNKNOWN'; readonly reason: string; readonly dueInMs: number }

const NOT_HANDED_OVER_AGAIN_MS = 1_000

/**
 * The only place that decides what an answer leads to. An unknown outcome never leads straight to a retry, and what was
 * never handed over uses up no try. `random` is in [0, 1).
 */
export function decideNextStep(
  result: SendResult,
  state: DeliveryState,
  policy: RetryPolicy,
  random: () => number,
): NextStep {
  switch (result.outcome) {
    case 'accepted':
      return { status: 'SENT' }
    case 'rejected':
      return { status: 'FAILED', reason: result.reason }
    case 'unknown':
      return { status: 'UNKNOWN', reason: result.reason, dueInMs: policy.resolveUnknownAfterMs }
    case 'unavailable': {
      const { reason } = result
      const special = policy.byReason[reason]
      const backoff = special?.backoff ?? policy.backoff
      if (result.notHandedOver || result.stopsChannel) {
        // No try is used, so nothing but time bounds it: spread as the first retry would be.
        const dueInMs = Math.max(decideDelayMs(backoff, 1, random), NOT_HANDED_OVER_AGAIN_MS, result.retryAfterMs ?? 0)
        return { status: 'SCHEDULED', reason, dueInMs, usesAttempt: false }
      }
      const maxAttempts = Math.min(state.maxAttempts, special?.maxAttempts ?? state.maxAttempts)
      if (state.attemptCount >= maxAttempts) return { status: 'FAILED', reason }
      const dueInMs = Math.max(decideDelayMs(backoff, state.attemptCount, random), result.retryAfterMs ?? 0)
      return { status: 'SCHEDULED', reason, dueInMs, usesAttempt: true }
    }
  }
}

/** How long after the `attempt`-th try the next one comes. Exponential delays are jittered in full. */
export function decideDelayMs(backoff: Backoff, attempt: number, random: () => number): number {
  switch (backoff.kind) {
    case 'exponential':
      return Math.round(Math.min(backoff.maxMs, backoff.baseMs * 2 ** (attempt - 1)) * random())
    case 'linear':
      return Math.min(backoff.maxMs, backoff.stepMs * attempt)
    case 'listed':
      return backoff.delaysMs[attempt - 1] ?? backoff.delaysMs.at(-1) ?? backoff.delaysMs[0]
  }
}
