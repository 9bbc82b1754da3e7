import { ConfigError, parseConfig } from '@carillon/process'
import { describe, expect, it } from 'vitest'
import { chooseChannels } from './choose-channels.ts'
import { settings } from './config.ts'

const needed = { DATABASE_URL: 'postgres://x', KAFKA_BROKER: 'x:9092', CARILLON_SECRET: 'a secret of the tests' }
const twilio = {
  TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: 'secret',
  TWILIO_PHONE_NUMBER: '+15005550006',
}
const vonage = { VONAGE_APPLICATION_ID: 'app', VONAGE_PRIVATE_KEY: await createKey(), VONAGE_FROM: 'Acme' }
const meta = { META_PHONE_NUMBER_ID: '1', META_ACCESS_TOKEN: 'token' }
const templates = { WHATSAPP_TEMPLATES: '{"*":{"name":"news","variables":["title"]}}' }

async function createKey() {
  const { generateKeyPairSync } = await import('node:crypto')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function choose(environment: Readonly<Record<string, string>>) {
  const config = parseConfig(settings, { ...needed, ...environment })
  return chooseChannels(config, { onFailover: () => undefined }).map(({ name, providers, isSimulated }) => {
    return isSimulated ? `${name} simulated` : `${name} by ${providers.join(', ')}`
  })
}

describe('the channels that this process serves', () => {
  const rows: [string, Record<string, string>, string[]][] = [
    ['Twilio alone', twilio, ['SMS by twilio']],
    ['Twilio, then Vonage', { ...twilio, ...vonage }, ['SMS by twilio, vonage']],
    ['Vonage alone', vonage, ['SMS by vonage']],
    [
      'a messaging service instead of a number',
      { ...twilio, TWILIO_PHONE_NUMBER: '', TWILIO_MESSAGING_SERVICE_SID: 'MG1' },
      ['SMS by twilio'],
    ],
    ['Meta alone', { ...meta, ...templates }, ['WHATSAPP by meta']],
    [
      'both by Twilio',
      { ...twilio, ...templates, TWILIO_WHATSAPP_NUMBER: '+15005550006' },
      ['SMS by twilio', 'WHATSAPP by twilio'],
    ],
    ['both simulated', { CARILLON_SIMULATE: 'sms,whatsapp' }, ['SMS simulated', 'WHATSAPP simulated']],
    ['SMS simulated though it is configured', { ...twilio, CARILLON_SIMULATE: 'sms' }, ['SMS simulated']],
    [
      'SMS real, WhatsApp simulated',
      { ...twilio, CARILLON_SIMULATE: 'whatsapp' },
      ['SMS by twilio', 'WHATSAPP simulated'],
    ],
  ]
  it.each(rows)('%s', (_name, environment, expected) => {
    expect(choose(environment)).toEqual(expected)
  })
})

describe('it refuses to start', () => {
  const rows: [string, Record<string, string>, string[]][] = [
    [
      'without any provider',
      {},
      ['TWILIO_ACCOUNT_SID', 'VONAGE_APPLICATION_ID', 'META_ACCESS_TOKEN', 'CARILLON_SIMULATE'],
    ],
    ['with another channel simulated', { CARILLON_SIMULATE: 'email' }, ['TWILIO_ACCOUNT_SID', 'CARILLON_SIMULATE']],
    ['without the token of Twilio', { ...twilio, TWILIO_AUTH_TOKEN: '' }, ['TWILIO_AUTH_TOKEN']],
    ['without a sender', { ...twilio, TWILIO_PHONE_NUMBER: '' }, ['TWILIO_PHONE_NUMBER']],
    ['with a sender and no account', { TWILIO_PHONE_NUMBER: '+1' }, ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN']],
    ['with half of Vonage', { ...twilio, VONAGE_FROM: 'Acme' }, ['VONAGE_APPLICATION_ID', 'VONAGE_PRIVATE_KEY']],
    ['with half of Meta', { ...twilio, META_ACCESS_TOKEN: 'x' }, ['META_PHONE_NUMBER_ID']],
    ['with WhatsApp and no templates', meta, ['WHATSAPP_TEMPLATES']],
    ['with templates that are no JSON', { ...meta, WHATSAPP_TEMPLATES: '{' }, ['WHATSAPP_TEMPLATES', 'no JSON']],
    [
      'with a template of unknown variables',
      { ...meta, WHATSAPP_TEMPLATES: '{"a":{"variables":["x"]}}' },
      ['WHATSAPP_TEMPLATES'],
    ],
    ['with an account that is none', { ...twilio, TWILIO_ACCOUNT_SID: 'SK1' }, ['TWILIO_ACCOUNT_SID']],
  ]
  it.each(rows)('%s, and says what is missing', (_name, environment, words) => {
    expect(() => choose(environment)).toThrow(ConfigError)
    for (const word of words) expect(() => choose(environment)).toThrow(word)
  })

  it('never says a secret', () => {
    const given = {
      ...twilio,
      TWILIO_PHONE_NUMBER: '',
      TWILIO_AUTH_TOKEN: 'very-secret',
      VONAGE_PRIVATE_KEY: 'key-secret',
    }
    expect(() => choose(given)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('-secret') }))
  })
})

it('reads budgets of countries, and says which of them is none', () => {
  const read = (SMS_COUNTRY_RATE: string) => parseConfig(settings, { ...needed, SMS_COUNTRY_RATE }).SMS_COUNTRY_RATE
  expect(read('DE:10/60,DE:90/3600,*:1/60')).toEqual({
    DE: [
      { count: 10, windowMs: 60_000 },
      { count: 90, windowMs: 3_600_000 },
    ],
    '*': [{ count: 1, windowMs: 60_000 }],
  })
  expect(read('')).toEqual({})
  for (const wrong of ['DE', 'DE:', 'de:1/60', '+49:1/60', 'DE:0/60']) expect(() => read(wrong)).toThrow(`"${wrong}"`)
})
