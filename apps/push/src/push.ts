import {
  checkGate,
  createAddressHash,
  type FleetApp,
  type FleetTools,
  openBackbone,
  openChannelWorker,
} from '@carillon/backbone'
import { retryPolicyOf, type WorkerPolicy } from '@carillon/delivery'
import { chooseChannel } from './choose-channel.ts'
import type { PushConfig } from './config.ts'

/** Both lanes of `notification.push`. */
export async function openPush(config: PushConfig, tools: FleetTools): Promise<FleetApp> {
  checkGate(config)
  const { channel, providers, isSimulated } = chooseChannel(config, tools.log)
  const backbone = await openBackbone({ name: 'push', config, keepsPlans: true, ...tools })
  const worker = await openChannelWorker({
    name: 'PUSH',
    channel,
    providers,
    isSimulated,
    policy: createPolicy(config),
    hashAddress: createAddressHash(config),
    config,
    limits: { all: config.PUSH_WORKER_RATE, tenant: config.PUSH_TENANT_RATE, addressByCategory: {} },
    backbone,
    ...tools,
  })
  if (isSimulated) tools.log.warn({ channel: 'PUSH', simulated: true }, 'channel.simulated')
  return {
    checkReadiness: backbone.checkReadiness,
    async close() {
      await backbone.close(worker.close)
      await channel.close()
    },
  }
}

function createPolicy(config: PushConfig): WorkerPolicy {
  const timeoutMs = config.PUSH_WORKER_TIMEOUT
  const [first, ...more] = config.PUSH_WORKER_BACKOFF ?? []
  const retry = retryPolicyOf('PUSH', timeoutMs)
  return {
    slots: config.PUSH_WORKER_CONCURRENCY,
    urgentSlots: Math.min(config.PUSH_WORKER_RESERVED, config.PUSH_WORKER_CONCURRENCY - 1),
    timeoutMs,
    retry: first === undefined ? retry : { ...retry, backoff: { kind: 'listed', delaysMs: [first, ...more] } },
    breakerFailuresMax: 5,
    breakerOpenMs: config.PUSH_BREAKER_MS,
    holdMs: 60_000,
    firstAnswerMsMax: 1_000,
  }
}
