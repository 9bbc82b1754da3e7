import { generateKeyPairSync } from 'node:crypto'
import { ConfigError, parseConfig } from '@carillon/process'
import { expect, it } from 'vitest'
import { chooseChannel } from './choose-channel.ts'
import { settings } from './config.ts'

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const common = { DATABASE_URL: 'postgres://x', KAFKA_BROKER: 'x:1', CARILLON_SECRET: 'a secret for tests alone' }
const fcm = {
  ...{ FIREBASE_PROJECT_ID: 'p', FIREBASE_CLIENT_EMAIL: 'a@b.example' },
  FIREBASE_PRIVATE_KEY: privateKey.replaceAll('\n', '\\n'),
}
const choose = (environment: Record<string, string>) =>
  chooseChannel(parseConfig(settings, { ...common, ...environment }))

it('serves what is configured', async () => {
  const { channel, providers, isSimulated } = choose(fcm)
  expect([channel.channel, providers, isSimulated]).toEqual(['PUSH', ['fcm'], false])
  await channel.close()
})

it('sends nothing where that was asked for, whatever else is there', () => {
  expect(choose({ ...fcm, CARILLON_SIMULATE: 'email,push' })).toMatchObject({
    ...{ providers: ['simulated'], isSimulated: true },
  })
})

it.each([
  ['nothing', {}, 'FIREBASE_PROJECT_ID, FIREBASE_CLIENT_EMAIL and FIREBASE_PRIVATE_KEY'],
  ['another channel simulated', { CARILLON_SIMULATE: 'email' }, 'There is no push service'],
  ['half of FCM', { FIREBASE_PROJECT_ID: 'p' }, 'FIREBASE_CLIENT_EMAIL, FIREBASE_PRIVATE_KEY is missing for FCM'],
  ['half of Web Push', { ...fcm, VAPID_PUBLIC_KEY: 'k' }, 'VAPID_PRIVATE_KEY, VAPID_SUBJECT is missing for Web Push'],
  ['a key that is none', { ...fcm, FIREBASE_PRIVATE_KEY: 'my-secret' }, 'private key of the service account'],
  [
    'keys of Web Push that are none',
    { VAPID_PUBLIC_KEY: 'k', VAPID_PRIVATE_KEY: 'k', VAPID_SUBJECT: 'mailto:a@b.example' },
    'create the push channel',
  ],
])('refuses to start with %s, and says what is missing', (_name, environment: Record<string, string>, words) => {
  expect(() => choose(environment)).toThrow(ConfigError)
  expect(() => choose(environment)).toThrow(words)
  expect(() => choose(environment)).not.toThrow('my-secret')
})
