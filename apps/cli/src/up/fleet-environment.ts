import type { UpOptions } from '../commands/up.ts'
import type { Config } from '../config.ts'
import type { DataDir } from '../running/data-dir.ts'
import { ensureSecret } from './development-key.ts'
import type { RunningInfrastructure } from './start-infrastructure.ts'

export type FleetEnvironment = Readonly<Record<string, string | undefined>>

/** What the apps read instead of the shell's environment: the same names, our values where the user gave none. */
export async function buildFleetEnvironment(
  { environment }: Config,
  { port }: UpOptions,
  host: string,
  dataDir: DataDir,
  infrastructure: RunningInfrastructure,
): Promise<FleetEnvironment> {
  const isMailReal = Boolean(environment.SMTP_HOST)
  return {
    POSTGRES_POOL: '5',
    ...environment,
    DATABASE_URL: infrastructure.databaseUrl,
    KAFKA_BROKER: infrastructure.kafka,
    KAFKA_BROKERS: undefined,
    CARILLON_SECRET: environment.CARILLON_SECRET || (await ensureSecret(dataDir)),
    CARILLON_SIMULATE: environment.CARILLON_SIMULATE || (isMailReal ? '' : 'email'),
    CARILLON_SIMULATE_FILE: dataDir.outbox,
    EMAIL_WORKER_CONCURRENCY: environment.EMAIL_WORKER_CONCURRENCY || (isMailReal ? '5' : '50'),
    API_HOST: host,
    PORT: String(port),
  }
}

export function isMailSimulated({ CARILLON_SIMULATE }: FleetEnvironment): boolean {
  return CARILLON_SIMULATE?.split(',').includes('email') ?? false
}
