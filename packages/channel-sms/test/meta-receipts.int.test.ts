import type { FakeSms, StatusReport } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answerMetaChallenge, readMetaReceipts, verifyMetaSignature } from '../src/meta/meta-receipts.ts'
import { createWhatsAppChannel } from '../src/whatsapp-channel.ts'
import { accounts, never, openMeta, outgoingMessage, phone, tokens } from './fakes.ts'
import { named, openReceiver, type Receiver } from './receiver.ts'

let receiver: Receiver
let fake: FakeSms

beforeEach(async () => {
  receiver = await openReceiver()
  fake = await openMeta()
})

afterEach(async () => {
  receiver.close()
  await fake.close()
})

describe('what Meta reports', () => {
  async function sendByMeta() {
    const findTemplate = () => ({ name: 'news', variables: [] })
    const channel = createWhatsAppChannel({ meta: { ...accounts.meta, baseUrl: fake.url }, findTemplate, tokens })
    const result = await channel.send(outgoingMessage(), never)
    const id = result.outcome === 'accepted' ? (result.providerMessageId ?? '') : ''
    const url = `${receiver.origin}/webhooks/meta`
    return { id, report: (report: StatusReport) => fake.reportStatus(id, { url, ...report }).then(readMeta) }
  }
  const readMeta = () => readMetaReceipts(JSON.parse(receiver.lastCall().rawBody), tokens)

  function isFromMeta({ headers, rawBody } = receiver.lastCall(), appSecrets: string[] = [accounts.meta.appSecret]) {
    const header = headers['x-hub-signature-256']
    return verifyMetaSignature({ appSecrets, signature: typeof header === 'string' ? header : undefined, rawBody })
  }

  const rows: [StatusReport, object][] = [
    [{ status: 'sent' }, { kind: 'sent', rank: 4 }],
    [{ status: 'delivered' }, { kind: 'delivered', rank: 5 }],
    [{ status: 'read' }, { kind: 'read', rank: 6 }],
    [
      { status: 'failed', errorCode: 131026 },
      { kind: 'failed', rank: 5, reason: 'whatsapp_number_unreachable' },
    ],
    [
      { status: 'failed', errorCode: 131050 },
      { reason: 'sms_opted_out', suppressAddress: true },
    ],
    [
      { status: 'failed', errorCode: 131048 },
      { reason: 'sms_provider_busy', isRetryWorthwhile: true },
    ],
    [{ status: 'failed', errorCode: 1 }, { reason: 'receipt_not_delivered' }],
    [{ status: 'played' }, { kind: 'other', rank: 0 }],
  ]
  it.each(rows)('%j', async (report, expected) => {
    const { id, report: send } = await sendByMeta()
    const receipts = await send(report)
    expect(isFromMeta()).toBe(true)
    expect(receipts).toMatchObject([{ provider: 'meta', providerMessageId: id, ...named, address: phone, ...expected }])
  })

  it('is from Meta only with the signature over this very body', async () => {
    const { report } = await sendByMeta()
    await report({ status: 'sent' })
    const genuine = receiver.lastCall()
    expect(isFromMeta(genuine, ['rotated', accounts.meta.appSecret])).toBe(true)
    expect(isFromMeta(genuine, ['rotated'])).toBe(false)
    expect(isFromMeta({ ...genuine, rawBody: `${genuine.rawBody} ` })).toBe(false)
    for (const signature of ['forged', 'missing'] as const) {
      await report({ status: 'sent', signature })
      expect(isFromMeta()).toBe(false)
    }
  })

  it('STOP opts out', async () => {
    await sendByMeta()
    await fake.reply({ from: phone, to: '', text: 'STOP', url: `${receiver.origin}/webhooks/meta` })
    expect(isFromMeta()).toBe(true)
    expect(readMeta()).toMatchObject([{ kind: 'opted_out', address: phone, suppressAddress: true }])
  })

  it('one that cannot be read takes none of the others with it', () => {
    const good = { id: 'wamid.1', status: 'sent' }
    const value = { statuses: [null, good, { id: 1 }], messages: [{}, { id: 'wamid.2', from: '49151' }] }
    const body = { object: 'whatsapp_business_account', entry: [{ changes: [{ value }, { value: {} }] }] }
    expect(readMetaReceipts(body)).toMatchObject([{ kind: 'sent' }, { kind: 'replied' }])
    for (const nothing of [null, [], {}, { object: 'page', entry: [] }, { entry: 1 }]) {
      expect(readMetaReceipts(nothing)).toEqual([])
    }
  })

  it('answers the challenge of a set-up only for our own word', () => {
    const query = new URLSearchParams({
      'hub.mode': 'subscribe',
      'hub.verify_token': 'ours',
      'hub.challenge': '42',
    })
    expect(answerMetaChallenge(query, 'ours')).toBe('42')
    expect(answerMetaChallenge(query, 'theirs')).toBeUndefined()
  })
})
