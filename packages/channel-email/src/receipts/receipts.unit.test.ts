import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  CERTIFICATE,
  NOTIFICATION,
  NOTIFICATION_SIGNED_BY_SHA1,
  NOTIFICATION_WITH_SUBJECT,
  SUBSCRIPTION,
} from '../../test/sns-fixtures.ts'
import {
  emailReceiptReasons,
  isSnsUrl,
  readSendGridReceipts,
  readSesReceipt,
  readSnsMessage,
  verifySendGridSignature,
  verifySnsSignature,
} from '../index.ts'

const DELIVERY = randomUUID()

describe('SendGrid', () => {
  const event = (more: object) => ({
    email: 'ann@example.com',
    timestamp: 1_769_000_000,
    sg_event_id: 'e1',
    sg_message_id: 'kZ_dYk1T-w.recvd-69c5bc5f6d-x9-1-65A0-2.0',
    'smtp-id': `<${DELIVERY}@mail.example.com>`,
    ...more,
  })
  const read = (more: object) => readSendGridReceipts([event(more)])[0]

  it('names the delivery by our Message-ID, and the mail by what it answered', () => {
    expect(read({ event: 'delivered', response: '250 OK' })).toEqual({
      ...{ provider: 'sendgrid', providerEventId: 'e1', providerMessageId: 'kZ_dYk1T-w', deliveryId: DELIVERY },
      kind: 'delivered',
    })
    const other = { event: 'delivered', 'smtp-id': '<1@x>', sg_message_id: '14c5d7.dfd.64b469.filter0001.16648.0' }
    expect(read(other)).toMatchObject({ providerMessageId: '14c5d7.dfd.64b469' })
    expect(read(other)).not.toHaveProperty('deliveryId')
  })

  it.each([
    [{ event: 'processed' }, { kind: 'accepted' }],
    [{ event: 'deferred' }, { kind: 'sending' }],
    [
      { event: 'bounce', type: 'bounce', status: '5.1.1' },
      { kind: 'failed', reason: 'email_bounced', suppressAddress: true, providerCode: '5.1.1' },
    ],
    [
      { event: 'bounce', type: 'bounce', status: '5.0.0' },
      { reason: 'email_bounced', suppressAddress: true },
    ],
    [
      { event: 'bounce', type: 'blocked', status: '5.7.1' },
      { kind: 'failed', reason: 'email_blocked', alert: true },
    ],
    [
      { event: 'bounce', type: 'blocked' },
      { kind: 'failed', reason: 'email_blocked', alert: true },
    ],
    [
      { event: 'bounce', type: 'bounce', status: '5.2.2' },
      { kind: 'failed', reason: 'email_bounced_for_now' },
    ],
    [
      { event: 'bounce', type: 'bounce', status: '4.4.7' },
      { kind: 'failed', reason: 'email_bounced_for_now' },
    ],
    [
      { event: 'dropped', reason: 'Bounced Address' },
      { kind: 'failed', reason: 'email_refused_by_provider', suppressAddress: true },
    ],
    [
      { event: 'dropped', reason: 'Spam Content' },
      { kind: 'failed', reason: 'email_content_refused', alert: true },
    ],
    [{ event: 'spamreport' }, { kind: 'complained', reason: 'email_complained', suppressAddress: true }],
    [{ event: 'unsubscribe' }, { kind: 'opted_out', reason: 'email_unsubscribed', suppressAddress: true }],
  ])('%j is %j', (told, meaning) => {
    const receipt = read(told)
    expect(receipt).toMatchObject(meaning)
    expect(receipt?.suppressAddress).toBe('suppressAddress' in meaning ? true : undefined)
    if (receipt?.reason) expect(emailReceiptReasons).toHaveProperty(receipt.reason)
  })

  it('leaves out what it cannot read, and none of the others with it', () => {
    const events = [{ event: 'delivered' }, event({ event: 'open' }), 'x', null, event({ event: 'delivered' })]
    expect(readSendGridReceipts(events)).toHaveLength(1)
    for (const body of [{}, null, 'x']) expect(readSendGridReceipts(body)).toEqual([])
  })

  describe('signs', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const publicKeys = [publicKey.export({ type: 'spki', format: 'der' }).toString('base64')]
    const rawBody = new TextEncoder().encode('[{"event":"delivered"}]\r\n')
    const timestamp = '1769000000'
    const signature = sign('sha256', Buffer.concat([Buffer.from(timestamp), rawBody]), privateKey).toString('base64')
    const genuine = { publicKeys, signature, timestamp, rawBody }
    const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
    const otherKeys = [otherKey.export({ type: 'spki', format: 'der' }).toString('base64')]

    it('what it sends, by one of the keys that are known', () => {
      expect(verifySendGridSignature(genuine)).toBe(true)
      expect(verifySendGridSignature({ ...genuine, publicKeys: [...otherKeys, ...publicKeys] })).toBe(true)
    })

    it.each([
      ['another body', { rawBody: new TextEncoder().encode('[{"event":"delivered"}]') }],
      ['another time', { timestamp: '1769000001' }],
      ['no time', { timestamp: null }],
      ['no signature', { signature: null }],
      ['a signature that is none', { signature: 'AAAA' }],
      ['another key', { publicKeys: otherKeys }],
      ['no key', { publicKeys: [] }],
    ])('and not %s', (_name, broken) => {
      expect(verifySendGridSignature({ ...genuine, ...broken })).toBe(false)
    })
  })
})

describe('SES', () => {
  const mail = { messageId: '0102-1', headers: [{ name: 'Message-ID', value: `<${DELIVERY}@mail.example.com>` }] }
  const bounce = (more: object) => ({
    notificationType: 'Bounce',
    mail,
    bounce: {
      ...{ bounceType: 'Permanent', bounceSubType: 'General', feedbackId: 'f1' },
      bouncedRecipients: [{ emailAddress: 'ann@example.com', action: 'failed', status: '5.1.1' }],
      ...more,
    },
  })

  it('names the delivery and the attempt by our headers, where it was told to give them back', () => {
    const headers = [
      ...mail.headers,
      { name: 'X-Carillon-Delivery', value: DELIVERY },
      { name: 'X-Carillon-Attempt', value: '2' },
    ]
    expect(readSesReceipt({ notificationType: 'Delivery', mail: { ...mail, headers } })).toEqual({
      ...{ provider: 'ses', providerEventId: '0102-1:Delivery', providerMessageId: '0102-1', kind: 'delivered' },
      ...{ deliveryId: DELIVERY, attempt: 2 },
    })
    expect(readSesReceipt({ notificationType: 'Delivery', mail })).toMatchObject({ deliveryId: DELIVERY })
    const bare = readSesReceipt({ notificationType: 'Delivery', mail: { messageId: '0102-1' } })
    expect(bare).toMatchObject({ providerMessageId: '0102-1' })
    expect(bare).not.toHaveProperty('deliveryId')
  })

  it.each([
    [bounce({}), { kind: 'failed', reason: 'email_bounced', suppressAddress: true, providerCode: '5.1.1' }],
    [bounce({ bounceSubType: 'OnAccountSuppressionList' }), { reason: 'email_bounced', suppressAddress: true }],
    [
      bounce({ bouncedRecipients: [{ action: 'failed', status: '5.7.1' }] }),
      { kind: 'failed', reason: 'email_blocked', alert: true },
    ],
    [
      bounce({ bounceType: 'Transient', bounceSubType: 'MailboxFull', bouncedRecipients: [{ status: '5.2.2' }] }),
      { kind: 'failed', reason: 'email_bounced_for_now' },
    ],
    [bounce({ bounceType: 'Transient' }), { kind: 'failed', reason: 'email_bounced_for_now' }],
    [bounce({ bounceType: 'Undetermined', bounceSubType: 'Undetermined' }), { reason: 'email_bounced_for_now' }],
    [
      { notificationType: 'Complaint', mail, complaint: { feedbackId: 'f2', complaintFeedbackType: 'abuse' } },
      { kind: 'complained', providerEventId: '0102-1:Complaint:f2', suppressAddress: true },
    ],
    [{ eventType: 'Send', mail }, { kind: 'accepted' }],
    [{ eventType: 'DeliveryDelay', mail }, { kind: 'sending' }],
    [
      { eventType: 'Reject', mail },
      { kind: 'failed', reason: 'email_content_refused', alert: true },
    ],
  ])('%j is %j', (told, meaning) => {
    const receipt = readSesReceipt(told)
    expect(receipt).toMatchObject(meaning)
    expect(receipt?.suppressAddress).toBe('suppressAddress' in meaning ? true : undefined)
    if (receipt?.reason) expect(emailReceiptReasons).toHaveProperty(receipt.reason)
  })

  it.each([
    ['a holiday reply', bounce({ bounceType: 'Transient', bouncedRecipients: [{}] })],
    [
      'mail taken out of the spam again',
      { notificationType: 'Complaint', mail, complaint: { complaintFeedbackType: 'not-spam' } },
    ],
    ['an opened mail', { eventType: 'Open', mail }],
    ['a bounce that says nothing', { notificationType: 'Bounce', mail }],
    ['no notification', { notificationType: 'Delivery' }],
    ['no object', 'x'],
  ])('says nothing of the way with %s', (_name, told) => {
    expect(readSesReceipt(told)).toBeUndefined()
  })
})

describe('SNS', () => {
  const verified = (message: object, certificate = CERTIFICATE) => {
    const read = readSnsMessage(message)
    if (!read) throw new Error('not read')
    return verifySnsSignature(read, certificate)
  }

  it.each([
    ['a notification', NOTIFICATION],
    ['a notification by the older signature', NOTIFICATION_SIGNED_BY_SHA1],
    ['a notification with a subject', NOTIFICATION_WITH_SUBJECT],
    ['the question whether we want them', SUBSCRIPTION],
  ])('signs %s', (_name, message) => {
    expect(verified(message)).toBe(true)
  })

  it.each([
    ['another message', { ...NOTIFICATION, Message: '{}' }],
    ['another topic', { ...NOTIFICATION, TopicArn: 'arn:aws:sns:eu-west-1:999999999999:mail' }],
    ['a subject that was added', { ...NOTIFICATION, Subject: 'x' }],
    ['another signature version', { ...NOTIFICATION, SignatureVersion: '1' }],
    ['another address to confirm at', { ...SUBSCRIPTION, SubscribeURL: 'https://evil.example' }],
    ['a signature that is none', { ...NOTIFICATION, Signature: 'AAAA' }],
  ])('does not sign %s', (_name, message) => {
    expect(verified(message)).toBe(false)
  })

  it('is read only whole', () => {
    const { Signature: _, ...unsigned } = NOTIFICATION
    for (const body of [unsigned, { ...NOTIFICATION, SignatureVersion: '3' }, null, 'x'])
      expect(readSnsMessage(body)).toBeUndefined()
  })

  it.each([
    ['https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0.pem', true],
    ['https://sns.cn-north-1.amazonaws.com.cn/x.pem', true],
    ['http://sns.eu-west-1.amazonaws.com/x.pem', false],
    ['https://sns.eu-west-1.amazonaws.com.evil.example/x.pem', false],
    ['https://evil.example/sns.eu-west-1.amazonaws.com', false],
    ['https://sns.eu-west-1.amazonaws.com:8443/x.pem', false],
    ['https://sns.eu-west-1.amazonaws.com@evil.example/', false],
    ['https://bucket.s3.amazonaws.com/x.pem', false],
    ['no address', false],
    [undefined, false],
  ])('is reached at %s: %s', (address, isReached) => {
    expect(isSnsUrl(address)).toBe(isReached)
  })
})
