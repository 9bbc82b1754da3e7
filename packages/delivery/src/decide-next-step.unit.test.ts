import { describe, expect, it } from 'vitest'
import type { SendResult } from './channel.ts'
import { type Backoff, decideDelayMs, decideNextStep } from './decide-next-step.ts'
import { retryPolicyOf } from './retry-policies.ts'

const policy = retryPolicyOf('EMAIL', 30_000)
const at = (result: Partial<SendResult> & { outcome: SendResult['outcome'] }, attemptCount = 1, maxAttempts = 4) =>
  decideNextStep(
    { provider: 'smtp', reason: 'r', error: 'e', ...result } as SendResult,
    { attemptCount, maxAttempts },
    policy,
    () => 0.5,
  )

describe('what an answer leads to', () => {
  it('an accepted message is SENT', () => {
    expect(at({ outcome: 'accepted' })).toEqual({ status: 'SENT' })
  })
  it('a rejected message is FAILED at once, with its reason', () => {
    expect(at({ outcome: 'rejected' })).toEqual({ status: 'FAILED', reason: 'r' })
  })
  it('an unknown outcome never leads straight to a retry', () => {
    expect(at({ outcome: 'unknown' })).toEqual({ status: 'UNKNOWN', reason: 'r', dueInMs: 30_000 })
    expect(at({ outcome: 'unknown' }, 9)).toMatchObject({ status: 'UNKNOWN' })
  })
  it('mail is tried again after 1, 5 and 15 minutes, then fails', () => {
    const delays = [1, 2, 3].map((attempt) => at({ outcome: 'unavailable' }, attempt))
    expect(delays.map((step) => 'dueInMs' in step && step.dueInMs)).toEqual([60_000, 300_000, 900_000])
    expect(at({ outcome: 'unavailable' }, 4)).toEqual({ status: 'FAILED', reason: 'r' })
  })
  it('a greylisting server is asked again after 5, 15 and 30 minutes', () => {
    const delays = [1, 2, 3].map((attempt) => at({ outcome: 'unavailable', reason: 'smtp_greylisted' }, attempt))
    expect(delays.map((step) => 'dueInMs' in step && step.dueInMs)).toEqual([300_000, 900_000, 1_800_000])
  })
  it('a full mailbox is worth two tries', () => {
    expect(at({ outcome: 'unavailable', reason: 'smtp_mailbox_full' }, 1)).toMatchObject({ status: 'SCHEDULED' })
    expect(at({ outcome: 'unavailable', reason: 'smtp_mailbox_full' }, 2)).toMatchObject({ status: 'FAILED' })
  })
  it('what was never handed over uses no try, even after the last one', () => {
    expect(at({ outcome: 'unavailable', notHandedOver: true }, 4)).toMatchObject({ usesAttempt: false })
  })
  it('a larger Retry-After wins, a smaller one does not', () => {
    expect(at({ outcome: 'unavailable', retryAfterMs: 90_000 })).toMatchObject({ dueInMs: 90_000 })
    expect(at({ outcome: 'unavailable', retryAfterMs: 1_000 })).toMatchObject({ dueInMs: 60_000 })
  })
})

describe('how long a retry waits', () => {
  const exponential: Backoff = { kind: 'exponential', baseMs: 2_000, maxMs: 3_600_000 }
  it('exponential delays double, are jittered in full and end at one hour', () => {
    expect([1, 2, 3, 20].map((n) => decideDelayMs(exponential, n, () => 1))).toEqual([2_000, 4_000, 8_000, 3_600_000])
    expect(decideDelayMs(exponential, 3, () => 0.25)).toBe(2_000)
  })
  it('linear delays grow by their step', () => {
    expect([1, 3, 9].map((n) => decideDelayMs({ kind: 'linear', stepMs: 1_000, maxMs: 5_000 }, n, () => 1))).toEqual([
      1_000, 3_000, 5_000,
    ])
  })
})
