import { appendFile } from 'node:fs/promises'
import { unsubscribeKeysOf } from '@carillon/backbone'
import { createEmailChannel, createMailProviders, type EmailChannelOptions } from '@carillon/channel-email'
import { signUnsubscribe } from '@carillon/contracts'
import {
  type Channel,
  createSimulatedChannel,
  type OutgoingMessage,
  type SendResult,
  type TakeProviderSlot,
} from '@carillon/delivery'
import { ConfigError } from '@carillon/process'
import type { EmailConfig } from './config.ts'
import { chooseSmtpServers } from './smtp-servers.ts'

export interface ChosenChannel {
  readonly channel: Channel & { close(): Promise<void> }
  readonly providers: readonly string[]
  readonly isSimulated: boolean
}

export interface ChannelTools {
  readonly onFailover: (refusal: SendResult) => void
  readonly takeSlot?: TakeProviderSlot
}

export function chooseChannel(config: EmailConfig, tools: ChannelTools): ChosenChannel {
  if (config.CARILLON_SIMULATE.includes('email'))
    return { channel: openSimulated(config), providers: ['simulated'], isSimulated: true }
  const servers = chooseSmtpServers(config, config.EMAIL_WORKER_CONCURRENCY)
  const options = readMailOptions(config)
  const [first, ...more] = servers
  const open = ({ name, smtp }: typeof first) => ({
    name,
    channel: createEmailChannel({ ...options, smtp, provider: name }),
  })
  return {
    channel: createMailProviders({ providers: [open(first), ...more.map(open)], ...tools }),
    providers: servers.map(({ name }) => name),
    isSimulated: false,
  }
}

export function readMailOptions(config: EmailConfig): Omit<EmailChannelOptions, 'smtp'> {
  const { SENDER_EMAIL: address, REPLY_TO_EMAIL: replyTo, CARILLON_PUBLIC_URL: publicUrl } = config
  const dkim = readDkim(config)
  return {
    from: { address, name: config.SENDER_NAME },
    ...(replyTo && { replyTo: { address: replyTo } }),
    messageIdDomain: address.slice(address.lastIndexOf('@') + 1),
    brand: {
      name: config.SENDER_NAME,
      ...(config.BRAND_COLOR && { color: config.BRAND_COLOR }),
      ...(config.BRAND_FOOTER && { footer: config.BRAND_FOOTER }),
    },
    ...(config.PUBLIC_URL && { publicBaseUrl: config.PUBLIC_URL }),
    ...(publicUrl && { unsubscribe: createUnsubscribe(publicUrl, config) }),
    ...(dkim && { dkim }),
  }
}

function createUnsubscribe(publicUrl: string, config: EmailConfig) {
  const keys = unsubscribeKeysOf(config)
  const base = publicUrl.replace(/\/$/, '')
  return ({ tenantId, recipientId: userId, category }: OutgoingMessage) => ({
    url: `${base}/u/${signUnsubscribe({ tenantId, userId, category }, keys)}`,
  })
}

function readDkim({ DKIM_DOMAIN: domainName, DKIM_SELECTOR: keySelector, DKIM_PRIVATE_KEY: key }: EmailConfig) {
  const named = { DKIM_DOMAIN: domainName, DKIM_SELECTOR: keySelector, DKIM_PRIVATE_KEY: key }
  const missing = Object.entries(named).flatMap(([name, value]) => (value ? [] : [name]))
  if (missing.length === 3) return undefined
  if (!domainName || !keySelector || !key)
    throw new ConfigError(`Some of what signing mails needs is missing: ${missing.join(', ')}`)
  return { domainName, keySelector, privateKey: key.replaceAll('\\n', '\n') }
}

function openSimulated({ CARILLON_SIMULATE_FILE: file }: EmailConfig) {
  return createSimulatedChannel('EMAIL', async (message) => {
    if (file) await appendFile(file, `${JSON.stringify(message)}\n`)
  })
}
