import { deliveryStatusSchema, type ReceiptKind, receiptKindSchema } from '@carillon/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideReceipt, type ReceiptAttempt, type ReceiptDelivery } from './decide-receipt.ts'
import { isAboutMessage } from './index.ts'
import { RECEIPT_RANKS } from './receipt-kinds.ts'

const OPEN = ['SENDING', 'UNKNOWN', 'SCHEDULED', 'PENDING', 'SENT'] as const
const ENDED = ['DELIVERED', 'FAILED', 'CANCELLED', 'SUPPRESSED', 'EXPIRED'] as const

const receiptOf = (kind: ReceiptKind, more = {}) => ({ kind, rank: RECEIPT_RANKS[kind], ...more })
const deliveryOf = (more: Partial<ReceiptDelivery> = {}): ReceiptDelivery => ({
  ...{ status: 'SENT', fence: 1, replay: 0, atMostOnce: false, isUseful: true, ...more },
})
const attemptOf = (more: Partial<ReceiptAttempt> = {}): ReceiptAttempt => ({ number: 1, receiptRank: 0, ...more })
const stepOf = (kind: ReceiptKind, delivery?: Partial<ReceiptDelivery>, attempt?: Partial<ReceiptAttempt>) =>
  decideReceipt(receiptOf(kind), deliveryOf(delivery), attemptOf(attempt)).step

describe('a message that arrived', () => {
  it.each(OPEN)('ends a row that is %s, also when it was an earlier attempt that arrived', (status) => {
    expect(stepOf('delivered', { status })).toBe('deliver')
    expect(stepOf('read', { status, fence: 3 })).toBe('deliver')
  })

  it.each(ENDED)('stays on the attempt of a row that is %s', (status) => {
    expect(stepOf('delivered', { status })).toBe('note')
  })
})

describe('a message that failed', () => {
  it.each(['failed', 'undelivered'] as const)('%s ends a row that is SENT', (kind) => {
    expect(decideReceipt(receiptOf(kind), deliveryOf(), attemptOf())).toEqual({ step: 'fail', retry: false })
  })

  it.each(OPEN.filter((status) => status !== 'SENT'))('waits while its row is %s', (status) => {
    expect(stepOf('failed', { status })).toBe('wait')
  })

  it.each(ENDED)('stays on the attempt of a row that is %s', (status) => {
    expect(stepOf('failed', { status })).toBe('note')
  })

  it.each(OPEN)('counts nothing for a row that is %s by a later attempt', (status) => {
    expect(stepOf('failed', { status, fence: 2 })).toBe('note')
  })
})

describe('one more try', () => {
  const retry = (delivery: Partial<ReceiptDelivery>) =>
    decideReceipt(receiptOf('undelivered', { isRetryWorthwhile: true }), deliveryOf(delivery), attemptOf())

  it('is worth it while the message is of use', () => {
    expect(retry({})).toEqual({ step: 'fail', retry: true })
  })

  it.each([
    ['a row that is itself a further try', { replay: 1 }],
    ['a message that would come too late', { isUseful: false }],
    ['a category that wants at most one', { atMostOnce: true }],
  ])('is not made for %s', (_name, delivery) => {
    expect(retry(delivery)).toEqual({ step: 'fail', retry: false })
  })
})

it('waits for a message that nobody here knows', () => {
  expect(decideReceipt(receiptOf('delivered'), undefined, undefined)).toEqual({ step: 'wait' })
})

it('never goes backwards', () => {
  for (const kind of receiptKindSchema.options)
    for (const status of deliveryStatusSchema.options)
      expect(stepOf(kind, { status }, { receiptRank: RECEIPT_RANKS[kind] })).toBe('outdated')
})

it.each(['help', 'replied', 'other', 'opted_in'] as const)('has nothing to say of a message: %s', (kind) => {
  expect(isAboutMessage({ kind })).toBe(false)
  expect(isAboutMessage({ kind: 'opted_out' })).toBe(true)
  expect(isAboutMessage({ kind: 'opted_out', addressHashes: { default: 'h' } })).toBe(false)
})

/** What a provider may tell of one message: the way up to one end. */
const WAYS: ReceiptKind[] = ['accepted', 'queued', 'sending', 'sent']
const ENDS: ReceiptKind[][] = [[], ['delivered'], ['delivered', 'read'], ['read'], ['failed'], ['undelivered']]
const story = fc.tuple(fc.subarray(WAYS), fc.constantFrom(...ENDS)).map(([way, end]) => [...way, ...end])

type Told = ReceiptKind | 'our record'

/** The store in small: what waits is looked at again after everything else that was told. */
function tell(told: readonly Told[]) {
  let delivery = deliveryOf({ status: 'SENDING' })
  let attempt = attemptOf()
  function apply(kind: Told): boolean {
    if (kind === 'our record') {
      if (delivery.status === 'SENDING') delivery = { ...delivery, status: 'SENT' }
      return true
    }
    const receipt = receiptOf(kind)
    const { step } = decideReceipt(receipt, delivery, attempt)
    if (step === 'wait') return false
    if (step !== 'outdated') attempt = { ...attempt, receiptRank: receipt.rank }
    if (step === 'deliver') delivery = { ...delivery, status: 'DELIVERED' }
    if (step === 'fail') delivery = { ...delivery, status: 'FAILED' }
    return true
  }
  const waiting = told.filter((kind) => !apply(kind))
  for (const kind of waiting) apply(kind)
  return { status: delivery.status, receiptRank: attempt.receiptRank }
}

it('comes to the same end in any order, doubled and reversed, before and after our own record', () => {
  const shuffled = story.chain((kinds) =>
    fc
      .shuffledSubarray([...kinds, ...kinds, 'our record' as const], { minLength: 2 * kinds.length + 1 })
      .map((told) => ({ kinds, told })),
  )
  fc.assert(
    fc.property(shuffled, ({ kinds, told }) => {
      const inOrder = tell(['our record', ...kinds])
      expect(tell(told)).toEqual(inOrder)
      expect(tell([...kinds.toReversed(), 'our record'])).toEqual(inOrder)
      expect(inOrder.receiptRank).toBe(Math.max(0, ...kinds.map((kind) => RECEIPT_RANKS[kind])))
    }),
    { numRuns: 2_000 },
  )
})
