import { openBroker, openEmbeddedPostgres } from '@carillon/embedded'
import type { DataDir } from '../running/data-dir.ts'
import type { UpLogs } from './open-logs.ts'

export interface InfrastructureOptions {
  readonly dataDir: DataDir
  readonly logs: UpLogs
  readonly kafkaPort: number
  /** Real ones instead of ours. */
  readonly kafka?: string
  readonly databaseUrl?: string
}

export interface RunningInfrastructure {
  readonly databaseUrl: string
  readonly kafka: string
  /** What the last process left unfinished, in sentences. */
  readonly recovered: readonly string[]
  close(): Promise<void>
}

/** Postgres and the broker at the same time; whatever was opened is closed when the other cannot be. */
export async function startInfrastructure(options: InfrastructureOptions): Promise<RunningInfrastructure> {
  const opened = await Promise.allSettled([startPostgres(options), startBroker(options)])
  const close = async () => {
    for (const result of opened) if (result.status === 'fulfilled') await result.value.close()
  }
  const [postgres, broker] = opened
  if (postgres.status === 'fulfilled' && broker.status === 'fulfilled') {
    const recovered = [...postgres.value.recovered, ...broker.value.recovered]
    return { databaseUrl: postgres.value.url, kafka: broker.value.address, recovered, close }
  }
  await close()
  throw postgres.status === 'rejected' ? postgres.reason : broker.status === 'rejected' ? broker.reason : undefined
}

async function startPostgres({ databaseUrl, dataDir, logs }: InfrastructureOptions) {
  if (databaseUrl !== undefined) return { url: databaseUrl, recovered: [], close: async () => undefined }
  const { url, adopted, recovered, close } = await openEmbeddedPostgres({
    dataDir: dataDir.postgres,
    log: logs.postgres,
  })
  const sentences = [
    ...(adopted ? ['Postgres had outlived the last run and was taken over'] : []),
    ...(recovered ? ['Postgres had not been stopped properly and recovered from its log'] : []),
  ]
  return { url, recovered: sentences, close }
}

async function startBroker({ kafka, kafkaPort, dataDir, logs }: InfrastructureOptions) {
  if (kafka !== undefined) return { address: kafka, recovered: [], close: async () => undefined }
  const { address, recovered, close } = await openBroker({
    dataDir: dataDir.broker,
    port: kafkaPort,
    log: logs.broker,
  })
  const bytesCut = recovered.cuts.reduce((sum, cut) => sum + cut.bytesCut, recovered.offsetBytesCut)
  const sentences = bytesCut > 0 ? [`the broker cut ${bytesCut} half-written bytes that nobody was told were safe`] : []
  return { address, recovered: sentences, close }
}
