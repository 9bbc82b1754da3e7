import {
  checkGate,
  createAddressHash,
  type FleetApp,
  type FleetTools,
  openBackbone,
  openChannelWorker,
  openProviderSlots,
} from '@carillon/backbone'
import { createCountryBudgets } from '@carillon/channel-sms'
import {
  type DeliveryWorker,
  type LimitPolicy,
  retryPolicyOf,
  type SendResult,
  type WorkerPolicy,
} from '@carillon/delivery'
import { type ChosenChannel, chooseChannels } from './choose-channels.ts'
import type { SmsConfig } from './config.ts'

/** Both lanes of `notification.sms` and of `notification.whatsapp`: two workers on one backbone. */
export async function openSms(config: SmsConfig, tools: FleetTools): Promise<FleetApp> {
  checkGate(config)
  const { TWILIO_RATE: twilio, VONAGE_RATE: vonage, META_RATE: meta } = config
  const slots = await openProviderSlots({
    name: 'sms',
    config,
    rates: { twilio, vonage, meta },
    failClosed: true,
    ...tools,
  })
  const chosen = chooseChannels(config, {
    onFailover: (refusal) => logFailover(refusal, tools),
    ...(slots.take && { takeSlot: slots.take }),
  })
  const backbone = await openBackbone({ name: 'sms', config, keepsPlans: true, ...tools })
  const openWorker = ({ name, channel, providers, isSimulated }: ChosenChannel): Promise<DeliveryWorker> => {
    if (isSimulated) tools.log.warn({ channel: name, simulated: true }, 'channel.simulated')
    const hashAddress = createAddressHash(config)
    return openChannelWorker({
      name,
      channel,
      providers,
      isSimulated,
      policy: createPolicy(config, name),
      hashAddress,
      config,
      limits: limitsOf(config, name),
      limitsFailClosed: true,
      backbone,
      ...tools,
    })
  }
  const workers = await Promise.all(chosen.map(openWorker))
  return {
    checkReadiness: backbone.checkReadiness,
    async close() {
      await backbone.close(async () => {
        await Promise.all(workers.map((worker) => worker.close()))
      })
      await Promise.all(chosen.map(({ channel }) => channel.close()))
      await slots.close()
    },
  }
}

/** The message went out by the next provider, so that nothing else would say what the first one refused. */
function logFailover(refusal: SendResult, { log }: FleetTools): void {
  if (refusal.outcome === 'accepted') return
  const isAlert = 'alert' in refusal && refusal.alert === true
  const fields = { provider: refusal.provider, reason: refusal.reason, ...(isAlert && { alert: true }) }
  if (isAlert) log.error(fields, 'provider.refused')
  else log.info(fields, 'provider.refused')
}

function limitsOf(config: SmsConfig, name: 'SMS' | 'WHATSAPP'): Omit<LimitPolicy, 'channel'> {
  const addressByCategory = { verification: config.SMS_VERIFICATION_RATE }
  const findPlace = createCountryBudgets(config.SMS_COUNTRY_RATE)
  return name === 'SMS'
    ? { all: config.SMS_WORKER_RATE, tenant: config.SMS_TENANT_RATE, addressByCategory, findPlace }
    : { all: config.WHATSAPP_WORKER_RATE, tenant: config.WHATSAPP_TENANT_RATE, addressByCategory }
}

function createPolicy(config: SmsConfig, name: 'SMS' | 'WHATSAPP'): WorkerPolicy {
  const timeoutMs = config.SMS_WORKER_TIMEOUT
  const [first, ...more] = config.SMS_WORKER_BACKOFF ?? []
  const retry = retryPolicyOf(name, timeoutMs)
  return {
    slots: config.SMS_WORKER_CONCURRENCY,
    urgentSlots: Math.min(config.SMS_WORKER_RESERVED, config.SMS_WORKER_CONCURRENCY - 1),
    timeoutMs,
    retry: first === undefined ? retry : { ...retry, backoff: { kind: 'listed', delaysMs: [first, ...more] } },
    breakerFailuresMax: 5,
    breakerOpenMs: config.SMS_BREAKER_MS,
    holdMs: 60_000,
    firstAnswerMsMax: 1_000,
  }
}
