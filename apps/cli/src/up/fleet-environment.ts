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
  const simulated = environment.CARILLON_SIMULATE || listUnconfigured(environment).join(',')
  return {
    POSTGRES_POOL: '5',
    ...environment,
    DATABASE_URL: infrastructure.databaseUrl,
    KAFKA_BROKER: infrastructure.kafka,
    KAFKA_BROKERS: undefined,
    CARILLON_SECRET: environment.CARILLON_SECRET || (await ensureSecret(dataDir)),
    CARILLON_SIMULATE: simulated,
    CARILLON_SIMULATE_FILE: dataDir.outbox,
    EMAIL_WORKER_CONCURRENCY: environment.EMAIL_WORKER_CONCURRENCY || (environment.SMTP_HOST ? '5' : '50'),
    API_HOST: host,
    PORT: String(port),
    CARILLON_PUBLIC_URL: environment.CARILLON_PUBLIC_URL || `http://localhost:${port}`,
  }
}

/** A channel without credentials is simulated here, and the screen says so; elsewhere it would refuse to start. */
function listUnconfigured(environment: FleetEnvironment): string[] {
  const { SMTP_HOST, TWILIO_PHONE_NUMBER, TWILIO_MESSAGING_SERVICE_SID, VONAGE_APPLICATION_ID } = environment
  const { TWILIO_WHATSAPP_NUMBER, META_PHONE_NUMBER_ID, FIREBASE_PROJECT_ID, VAPID_PUBLIC_KEY } = environment
  return [
    ...(SMTP_HOST ? [] : ['email']),
    ...(TWILIO_PHONE_NUMBER || TWILIO_MESSAGING_SERVICE_SID || VONAGE_APPLICATION_ID ? [] : ['sms']),
    ...(TWILIO_WHATSAPP_NUMBER || META_PHONE_NUMBER_ID ? [] : ['whatsapp']),
    ...(FIREBASE_PROJECT_ID || VAPID_PUBLIC_KEY ? [] : ['push']),
  ]
}

export function listSimulated({ CARILLON_SIMULATE = '' }: FleetEnvironment): string[] {
  return CARILLON_SIMULATE.split(',').filter((name) => name !== '')
}
