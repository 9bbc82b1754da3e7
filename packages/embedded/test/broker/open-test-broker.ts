import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { type Broker, type BrokerEvent, type BrokerOptions, openBroker } from '../../src/broker/index.ts'

export interface TestBroker extends Broker {
  readonly dataDir: string
  readonly events: BrokerEvent[]
  // The same directory and port, as after a restart.
  reopen(): Promise<TestBroker>
  remove(): Promise<void>
}

export async function openTestBroker(options: Partial<BrokerOptions> = {}): Promise<TestBroker> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'broker-')))
  const events: BrokerEvent[] = []
  const broker = await openBroker({ ...options, dataDir, log: (event) => events.push(event) })
  return {
    ...broker,
    dataDir,
    events,
    async reopen() {
      await broker.close()
      return openTestBroker({ ...options, dataDir, port: broker.port })
    },
    async remove() {
      await broker.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

export function createKafka({ address }: { address: string }): Kafka {
  return new Kafka({
    clientId: 'test',
    brokers: [address],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 30, maxRetryTime: 300, retries: 20 },
  })
}
