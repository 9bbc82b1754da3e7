import { generateKeyPairSync, sign } from 'node:crypto'
import { expect, it } from 'vitest'
import { createSesWebhook } from './ses.ts'

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:mail'
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
// The bare key is read as a certificate is.
const certificate = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const certificateUrl = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem'

function open(served = certificate) {
  const fetched: string[] = []
  const provider = createSesWebhook({
    topicArns: [TOPIC],
    async fetchFromSns(url) {
      fetched.push(url)
      return served
    },
  })
  return { provider, fetched }
}
const callOf = (message: object) => ({
  url: '',
  headers: new Headers(),
  rawBody: new TextEncoder().encode(JSON.stringify(message)),
})
const message = {
  ...{
    Type: 'Notification',
    MessageId: 'm',
    TopicArn: TOPIC,
    Timestamp: 't',
    SignatureVersion: '2',
    Signature: 'AAAA',
  },
  Message: JSON.stringify({ notificationType: 'Delivery', mail: { messageId: '0102-1' } }),
  SigningCertURL: certificateUrl,
}

it.each([
  ['of a topic that is not ours', { TopicArn: `${TOPIC}-of-somebody` }],
  ['with a certificate from elsewhere', { SigningCertURL: 'https://evil.example/SimpleNotificationService-0a.pem' }],
  ['with another file of that host', { SigningCertURL: 'https://sns.eu-west-1.amazonaws.com/?Action=x' }],
])('SES is not believed %s, and nothing is fetched for it', async (_name, broken) => {
  const { provider, fetched } = open()
  expect(await provider.verify(callOf({ ...message, ...broken }))).toBe(false)
  expect(fetched).toEqual([])
})

it('SES is believed by the certificate that it names, which is fetched once', async () => {
  const { provider, fetched } = open()
  const { Message, MessageId, Timestamp, TopicArn, Type } = message
  const signed = Object.entries({ Message, MessageId, Timestamp, TopicArn, Type }).map(
    ([key, value]) => `${key}\n${value}\n`,
  )
  const Signature = sign('RSA-SHA256', Buffer.from(signed.join('')), keys.privateKey).toString('base64')
  expect(await provider.verify(callOf({ ...message, Signature }))).toBe(true)
  expect(await provider.verify(callOf({ ...message, Signature, Message: '{}' }))).toBe(false)
  expect(fetched).toEqual([certificateUrl])
})

it('SES is not believed when there is no certificate where it says', async () => {
  expect(await open('<html>').provider.verify(callOf(message))).toBe(false)
})

it('SES is read from the message inside, and from no other kind of message', async () => {
  const { provider, fetched } = open()
  expect(await provider.read(callOf(message))).toMatchObject([{ provider: 'ses', kind: 'delivered' }])
  for (const other of [{ ...message, Message: 'hello' }, { ...message, Type: 'UnsubscribeConfirmation' }, {}])
    expect(await provider.read(callOf(other))).toEqual([])
  expect(fetched).toEqual([])
})

it('SES is answered yes when it asks, at an address of its own alone', async () => {
  const { provider, fetched } = open()
  const asking = { ...message, Type: 'SubscriptionConfirmation', Token: 't' }
  const address = 'https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription'
  await provider.read(callOf({ ...asking, SubscribeURL: 'https://evil.example/' }))
  expect(fetched).toEqual([])
  expect(await provider.read(callOf({ ...asking, SubscribeURL: address }))).toEqual([])
  expect(fetched).toEqual([address])
})
