import type { OutgoingMessage } from '@carillon/delivery'
import type { NotSentReason, Silence } from './device-answer.ts'

/**
 * The boundary between "surely not sent" and "perhaps sent", for one message and all its devices. Up to `mayBegin`
 * nothing of a request has left us, and it can be given up: by the caller, by the time limit, by a lease that is used up.
 * After that only the time limit ends the waiting, and the answer is lost.
 */
export interface HandOver {
  /** Asked by each request right before its first byte. */
  mayBegin(): boolean
  givenUp(): NotSentReason | undefined
  /** Aborts what has not begun. */
  readonly waiting: AbortSignal
  /** Aborts everything, at the time limit. */
  readonly limit: AbortSignal
  /** Lets go of the timer and of the caller's signal. */
  end(): void
}

type Limits = Pick<OutgoingMessage, 'timeoutMs' | 'handOverBeforeMs'>

export function createHandOver({ timeoutMs, handOverBeforeMs }: Limits, callersSignal: AbortSignal): HandOver {
  const waiting = new AbortController()
  const limit = new AbortController()
  const startedAt = performance.now()
  let reason: NotSentReason | undefined

  function giveUp(why: NotSentReason) {
    reason ??= why
    waiting.abort()
  }
  const stop = () => {
    // The caller's clock for the same limit may run out a moment before ours.
    const isLimit = performance.now() - startedAt > timeoutMs - 50
    giveUp(isLimit ? 'push_timeout' : 'push_stopped')
  }
  const timer = setTimeout(() => {
    giveUp('push_timeout')
    limit.abort()
  }, timeoutMs)
  callersSignal.addEventListener('abort', stop, { once: true })
  if (callersSignal.aborted) stop()

  return {
    waiting: waiting.signal,
    limit: limit.signal,
    givenUp: () => reason,
    mayBegin() {
      // A process that was stopped wakes up here with its timers not yet run; the clock tells.
      if (performance.now() > handOverBeforeMs) giveUp('lease_used_up')
      return reason === undefined
    },
    end() {
      clearTimeout(timer)
      callersSignal.removeEventListener('abort', stop)
    },
  }
}

export function notSent(handOver: HandOver): Silence {
  const reason = handOver.givenUp() ?? 'push_stopped'
  return { kind: 'not_sent', reason, error: 'given up before the first byte' }
}

/** Undefined when the signal aborts first; the promise goes on. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  let stop = () => {}
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
