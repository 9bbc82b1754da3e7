import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { decodeReceipt, type ProviderReceipt, toReceiptRecord } from './index.ts'

const RECEIPT: ProviderReceipt = {
  provider: 'twilio',
  providerEventId: 'SM1:undelivered:30003',
  providerMessageId: 'SM1',
  deliveryId: randomUUID(),
  attempt: 1,
  kind: 'undelivered',
  reason: 'receipt_handset_unreachable',
  providerCode: '30003',
  isRetryWorthwhile: true,
  address: '+4915112345678',
}
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

it('reads what the API writes, and no address of a person is in it', () => {
  const bytes = encode(toReceiptRecord(RECEIPT))
  const { address, ...rest } = RECEIPT
  expect(new TextDecoder().decode(bytes)).not.toContain(address)
  expect(decodeReceipt(bytes)).toEqual({ ok: true, receipt: { ...rest, rank: 5 } })
})

it('keeps the hashes of a number that somebody wrote from', () => {
  const { deliveryId: _, ...told } = { ...RECEIPT, kind: 'opted_out' as const, channel: 'SMS' as const }
  const decoded = decodeReceipt(encode(toReceiptRecord(told, { default: 'h1', acme: 'h2' })))
  expect(decoded).toMatchObject({ ok: true, receipt: { channel: 'SMS', addressHashes: { default: 'h1', acme: 'h2' } } })
})

it.each([
  ['no value', null, /no value/],
  ['no JSON', new TextEncoder().encode('{'), /not valid JSON/],
  ['an unknown kind', encode({ ...toReceiptRecord(RECEIPT), kind: 'vanished' }), /kind/],
  ['no event of the provider', encode({ ...toReceiptRecord(RECEIPT), providerEventId: '' }), /providerEventId/],
  ['a delivery that is none of ours', encode({ ...toReceiptRecord(RECEIPT), deliveryId: 'x' }), /deliveryId/],
])('refuses %s', (_name, value, problem) => {
  expect(decodeReceipt(value)).toEqual({ ok: false, reason: 'malformed', message: expect.stringMatching(problem) })
})
