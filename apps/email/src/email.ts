import {
  checkGate,
  createAddressHash,
  type FleetApp,
  type FleetTools,
  openBackbone,
  openChannelWorker,
  openProviderSlots,
} from '@carillon/backbone'
import { retryPolicyOf, type SendResult, type WorkerPolicy } from '@carillon/delivery'
import { chooseChannel } from './choose-channel.ts'
import type { EmailConfig } from './config.ts'
import { ratesOf } from './smtp-servers.ts'

/** Both lanes of `notification.email`. */
export async function openEmail(config: EmailConfig, tools: FleetTools): Promise<FleetApp> {
  checkGate(config)
  const slots = await openProviderSlots({ name: 'email', config, rates: ratesOf(config), ...tools })
  const { channel, providers, isSimulated } = chooseChannel(config, {
    onFailover: (refusal) => logFailover(refusal, tools),
    ...(slots.take && { takeSlot: slots.take }),
  })
  const backbone = await openBackbone({ name: 'email', config, keepsPlans: true, ...tools })
  const worker = await openChannelWorker({
    name: 'EMAIL',
    channel,
    providers,
    isSimulated,
    policy: createPolicy(config),
    hashAddress: createAddressHash(config),
    config,
    limits: { all: config.EMAIL_WORKER_RATE, tenant: config.EMAIL_TENANT_RATE, addressByCategory: {} },
    backbone,
    ...tools,
  })
  if (isSimulated) tools.log.warn({ channel: 'EMAIL', simulated: true }, 'channel.simulated')
  else if (!config.CARILLON_PUBLIC_URL)
    tools.log.warn({ channel: 'EMAIL', missing: 'CARILLON_PUBLIC_URL' }, 'mail.without_unsubscribe')
  return {
    checkReadiness: backbone.checkReadiness,
    async close() {
      await backbone.close(worker.close)
      await channel.close()
      await slots.close()
    },
  }
}

function logFailover(refusal: SendResult, { log }: FleetTools): void {
  const reason = 'reason' in refusal ? refusal.reason : refusal.outcome
  const alert = 'alert' in refusal && refusal.alert === true
  log.warn({ channel: 'EMAIL', provider: refusal.provider, reason, ...(alert && { alert }) }, 'provider.passed_over')
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
    breakerOpenMs: config.EMAIL_BREAKER_MS,
    holdMs: 60_000,
    firstAnswerMsMax: 1_000,
  }
}
