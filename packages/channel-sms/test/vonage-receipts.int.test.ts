import { createHash } from 'node:crypto'
import type { FakeSms, StatusReport } from '@carillon/testkit'
import { SignJWT } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readVonageReceipt, verifyVonageSignature } from '../src/vonage/vonage-receipts.ts'
import { accounts, createChannel, never, openVonage, outgoingMessage, phone, privateKey, tokens } from './fakes.ts'
import { named, openReceiver, type Receiver } from './receiver.ts'

let receiver: Receiver
let fake: FakeSms

beforeEach(async () => {
  receiver = await openReceiver()
  fake = await openVonage()
})

afterEach(async () => {
  receiver.close()
  await fake.close()
})

describe('what Vonage reports', () => {
  const { signatureSecret, applicationId } = accounts.vonage

  async function sendByVonage() {
    const statusCallbackUrl = `${receiver.origin}/webhooks/vonage`
    const options = { applicationId, privateKey, from: 'Acme', baseUrl: fake.url, statusCallbackUrl }
    const result = await createChannel({}, { vonage: options }).send(outgoingMessage(), never)
    const id = result.outcome === 'accepted' ? (result.providerMessageId ?? '') : ''
    return { id, report: (report: StatusReport) => fake.reportStatus(id, report).then(readVonage) }
  }
  const readVonage = () => readVonageReceipt(JSON.parse(receiver.lastCall().rawBody), tokens)
  const isFromVonage = ({ headers, rawBody } = receiver.lastCall(), signatureSecrets: string[] = [signatureSecret]) =>
    verifyVonageSignature({ signatureSecrets, authorization: headers.authorization, rawBody })

  const rows: [StatusReport, object][] = [
    [{ status: 'submitted' }, { kind: 'sent', rank: 4 }],
    [{ status: 'delivered' }, { kind: 'delivered', rank: 5 }],
    [
      { status: 'rejected', errorCode: 1050 },
      { kind: 'failed', rank: 5, reason: 'receipt_number_blocked' },
    ],
    [
      { status: 'rejected', errorCode: 1180 },
      { reason: 'receipt_handset_unreachable', isRetryWorthwhile: true },
    ],
    [{ status: 'rejected', errorCode: 1360 }, { reason: 'receipt_expired' }],
    [{ status: 'undeliverable' }, { kind: 'failed', reason: 'receipt_not_delivered' }],
  ]
  it.each(rows)('%j', async (report, expected) => {
    const { id, report: send } = await sendByVonage()
    const receipt = await send(report)
    expect(await isFromVonage()).toBe(true)
    expect(receipt).toMatchObject({ provider: 'vonage', providerMessageId: id, ...named, address: phone, ...expected })
  })

  it('is from Vonage only with a token of HS256 over this very body', async () => {
    const { report } = await sendByVonage()
    await report({ status: 'delivered' })
    const genuine = receiver.lastCall()
    expect(await isFromVonage(genuine, ['rotated', signatureSecret])).toBe(true)
    expect(await isFromVonage(genuine, ['rotated'])).toBe(false)
    expect(await isFromVonage({ ...genuine, rawBody: genuine.rawBody.replace('delivered', 'rejected') })).toBe(false)
    const [, claims] = (genuine.headers.authorization ?? '').split('.')
    const none = `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`
    expect(await isFromVonage({ ...genuine, headers: { authorization: none } })).toBe(false)
    const payload = { payload_hash: createHash('sha256').update(genuine.rawBody).digest('hex') }
    const key = new TextEncoder().encode(signatureSecret.repeat(5))
    const signWith = (alg: string) => new SignJWT(payload).setProtectedHeader({ alg }).setIssuedAt().sign(key)
    for (const [alg, isKnown] of [['HS256', true] as const, ['HS512', false] as const]) {
      const headers = { authorization: `Bearer ${await signWith(alg)}` }
      expect(await isFromVonage({ ...genuine, headers }, [signatureSecret.repeat(5)])).toBe(isKnown)
    }
    for (const signature of ['forged', 'missing'] as const) {
      await report({ status: 'delivered', signature })
      expect(await isFromVonage()).toBe(false)
    }
  })

  it('STOP opts out', async () => {
    await sendByVonage()
    await fake.reply({ from: phone, to: '+447700900000', text: 'Stop', url: `${receiver.origin}/webhooks/vonage` })
    expect(await isFromVonage()).toBe(true)
    expect(readVonage()).toMatchObject({ kind: 'opted_out', address: phone, suppressAddress: true })
  })

  it.each([null, 1, 'x', [], {}, { message_uuid: 'a' }, { message_uuid: 1, status: 'sent' }])(
    'is nothing: %j',
    (body) => {
      expect(readVonageReceipt(body, tokens)).toBeUndefined()
    },
  )
})
