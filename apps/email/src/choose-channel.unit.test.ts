import { ConfigError, parseConfig } from '@carillon/process'
import { expect, it } from 'vitest'
import { chooseChannel } from './choose-channel.ts'
import { settings } from './config.ts'

const needed = { DATABASE_URL: 'postgres://x', KAFKA_BROKER: 'x:9092', CARILLON_SECRET: 'a secret of the tests' }
const choose = (environment: Record<string, string>) =>
  chooseChannel(parseConfig(settings, { ...needed, ...environment }), { onFailover: () => undefined })

it.each([
  [{ SMTP_HOST: 'a' }, ['smtp']],
  [{ SMTP_HOST: 'a', SMTP_2_HOST: 'b', SMTP_3_HOST: 'c' }, ['smtp', 'smtp-2', 'smtp-3']],
  [{ SMTP_HOST: 'a', SMTP_3_HOST: 'c' }, ['smtp', 'smtp-3']],
  [{ SMTP_HOST: 'a', CARILLON_SIMULATE: 'sms,email' }, ['simulated']],
])('asks the mail servers that are named, in their order: %j', async (environment, providers) => {
  const chosen = choose(environment)
  expect(chosen.providers).toEqual(providers)
  await chosen.channel.close()
})

it.each([
  [{}, 'SMTP_HOST'],
  [{ SMTP_2_HOST: 'b' }, 'SMTP_HOST'],
  [{ SMTP_HOST: 'a', DKIM_DOMAIN: 'acme.test' }, 'DKIM_SELECTOR, DKIM_PRIVATE_KEY'],
])('refuses to start with %j, and says what is missing', (environment, words) => {
  expect(() => choose(environment)).toThrow(ConfigError)
  expect(() => choose(environment)).toThrow(words)
})
