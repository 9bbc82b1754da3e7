import { channelTopic, DELIVERIES_DLQ, type Lane } from '@carillon/contracts'
import {
  type Channel,
  createDeliveryWorker,
  type DeliveryWorker,
  decodeWakeUp,
  type SendResult,
  type WorkerPolicy,
} from '@carillon/delivery'
import type { Consumer, DeadLetter, ReceivedBatch } from '@carillon/kafka'
import { createChannelStatusStore, createDeliveryStore, createLookUpStore } from '@carillon/store'
import type { Metrics } from '@carillon/telemetry'
import type { Backbone } from './backbone.ts'
import { followPause } from './follow-pause.ts'
import { openSendingPorts, type SendingOptions } from './sending-ports.ts'

export interface ChannelWorkerOptions extends SendingOptions {
  readonly channel: Channel
  readonly providers: readonly string[]
  readonly isSimulated: boolean
  readonly policy: WorkerPolicy
  readonly hashAddress: (tenantId: string, address: string) => string
  readonly backbone: Backbone
  readonly metrics: Metrics
  readonly onFatal: (error: unknown) => void
}

// Many small batches, so that one slow message holds back few offsets, and never a fetch.
const BATCH_RECORDS_MAX = 100
const IN_FLIGHT_BATCHES_MAX = 100
const BYTES_PER_PARTITION_MAX = 128 * 1024
const LANES: readonly Lane[] = ['urgent', 'normal']

/** One channel, both lanes: from its topics through the worker to its rows. The process of a channel is this and a vendor. */
export async function openChannelWorker(options: ChannelWorkerOptions): Promise<DeliveryWorker> {
  const { name, channel, backbone, log, metrics, onFatal } = options
  const statuses = createChannelStatusStore({ pool: backbone.pool })
  const saveStatus = (stopped: string | null) =>
    statuses.saveChannelStatus({
      channel: name,
      providers: options.providers,
      simulated: options.isSimulated,
      stopped,
    })
  const sending = await openSendingPorts(options)
  const worker = createDeliveryWorker(
    {
      ...sending.ports,
      channel,
      store: createDeliveryStore({ pool: backbone.pool, announce: backbone.announce }),
      hashAddress: options.hashAddress,
      persist: backbone.persist,
      onFatal,
      observe(attempt) {
        const { isAlert, ...line } = attempt
        metrics.observeAttempt({ channel: name, ...line })
        const fields = { channel: name, ...line, ...(isAlert && { alert: true }) }
        if (isAlert) log.error(fields, 'delivery.attempted')
        else log.info(fields, 'delivery.attempted')
      },
      ...(channel.lookUp && {
        lookUps: {
          store: createLookUpStore({ pool: backbone.pool }),
          observe: (question) => log.info({ channel: name, ...question }, 'delivery.asked'),
        },
      }),
      onChannelStopped(result) {
        const reason = reasonOf(result)
        log.error({ channel: name, provider: result.provider, reason, alert: true }, 'channel.stopped')
        saveStatus(reason).catch(onFatal)
      },
    },
    options.policy,
  )
  await backbone.persist(() => saveStatus(null))
  metrics.watch('carillon_worker_waiting', 'Wake-ups that wait in this process', ['channel'], (gauge) =>
    gauge.set({ channel: name }, worker.readLoad().waiting),
  )
  const consumers: Consumer[] = []
  const stopFollowing = await followPause({
    isPaused: async () => (await statuses.readChannelStatuses()).some((one) => one.channel === name && one.paused),
    listParts: () => [worker, ...consumers],
    onChange: (isPaused) => log.warn({ channel: name }, isPaused ? 'channel.paused' : 'channel.resumed'),
  })
  consumers.push(...(await Promise.all(LANES.map((lane) => consumeLane(lane, worker, options)))))
  return {
    ...worker,
    async close() {
      stopFollowing()
      await worker.close()
      await sending.close()
    },
  }
}

async function consumeLane(lane: Lane, worker: DeliveryWorker, { name, backbone }: ChannelWorkerOptions) {
  return backbone.consume({
    topic: channelTopic(name, lane),
    batchRecordsMax: BATCH_RECORDS_MAX,
    inFlightBatchesMax: IN_FLIGHT_BATCHES_MAX,
    bytesPerPartitionMax: BYTES_PER_PARTITION_MAX,
    async handle(batch) {
      const { wakeUps, refused } = decodeBatch(batch)
      if (refused.length > 0) await backbone.deadLetters.sendMany(DELIVERIES_DLQ, refused)
      if (wakeUps.length > 0) await worker.deliver(wakeUps, lane)
    },
  })
}

function decodeBatch({ topic, partition, records }: ReceivedBatch) {
  const refused: DeadLetter[] = []
  const wakeUps = records.flatMap((record) => {
    const decoded = decodeWakeUp(record.value)
    if (decoded.ok) return [decoded.wakeUp]
    refused.push({ topic, partition, record, reason: 'malformed', message: decoded.message })
    return []
  })
  return { wakeUps, refused }
}

function reasonOf(result: SendResult): string {
  return 'reason' in result ? result.reason : result.outcome
}
