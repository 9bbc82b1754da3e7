import { appendFile } from 'node:fs/promises'
import { createAddressHash, type FleetApp, type FleetTools, openBackbone, openChannelWorker } from '@carillon/backbone'
import { createEmailChannel } from '@carillon/channel-email'
import { createSimulatedChannel, retryPolicyOf, type WorkerPolicy } from '@carillon/delivery'
import { ConfigError } from '@carillon/process'
import type { EmailConfig } from './config.ts'

/** Both lanes of `notification.email`. */
export async function openEmail(config: EmailConfig, tools: FleetTools): Promise<FleetApp> {
  const isSimulated = config.CARILLON_SIMULATE.includes('email')
  const channel = isSimulated ? openSimulated(config) : openSmtp(config)
  const backbone = await openBackbone({ name: 'email', config, ...tools })
  const worker = await openChannelWorker({
    name: 'EMAIL',
    channel,
    providers: [isSimulated ? 'simulated' : 'smtp'],
    isSimulated,
    policy: createPolicy(config),
    hashAddress: createAddressHash(config),
    backbone,
    ...tools,
  })
  if (isSimulated) tools.log.warn({ channel: 'EMAIL', simulated: true }, 'channel.simulated')
  return {
    checkReadiness: backbone.checkReadiness,
    async close() {
      await backbone.close(worker.close)
      await channel.close()
    },
  }
}

function openSmtp(config: EmailConfig) {
  const { SMTP_HOST: host, SMTP_PORT: port, SMTP_USER: user, SMTP_PASS: pass, SENDER_EMAIL: address } = config
  if (!host) {
    throw new ConfigError(
      'SMTP_HOST is missing: name the mail server, or set CARILLON_SIMULATE=email to send nothing and say so',
    )
  }
  return createEmailChannel({
    smtp: {
      host,
      port,
      secure: port === 465,
      requireTls: config.SMTP_REQUIRE_TLS,
      connections: Math.min(config.SMTP_CONNECTIONS, config.EMAIL_WORKER_CONCURRENCY),
      ...(user && { user, pass: pass ?? '' }),
    },
    from: { address, name: config.SENDER_NAME },
    messageIdDomain: address.slice(address.lastIndexOf('@') + 1),
    brand: {
      name: config.SENDER_NAME,
      ...(config.BRAND_COLOR && { color: config.BRAND_COLOR }),
      ...(config.BRAND_FOOTER && { footer: config.BRAND_FOOTER }),
    },
    ...(config.PUBLIC_URL && { publicBaseUrl: config.PUBLIC_URL }),
  })
}

function openSimulated({ CARILLON_SIMULATE_FILE: file }: EmailConfig) {
  const channel = createSimulatedChannel('EMAIL', async (message) => {
    if (file) await appendFile(file, `${JSON.stringify(message)}\n`)
  })
  return { ...channel, close: async () => undefined }
}

function createPolicy(config: EmailConfig): WorkerPolicy {
  const timeoutMs = config.EMAIL_WORKER_TIMEOUT
  const [first, ...more] = config.EMAIL_WORKER_BACKOFF ?? []
  const retry = retryPolicyOf('EMAIL', timeoutMs)
  return {
    slots: config.EMAIL_WORKER_CONCURRENCY,
    urgentSlots: Math.min(config.EMAIL_WORKER_RESERVED, config.EMAIL_WORKER_CONCURRENCY - 1),
    timeoutMs,
    retry: first === undefined ? retry : { ...retry, backoff: { kind: 'listed', delaysMs: [first, ...more] } },
    breakerFailuresMax: 5,
    breakerOpenMs: 10_000,
    holdMs: 60_000,
  }
}
