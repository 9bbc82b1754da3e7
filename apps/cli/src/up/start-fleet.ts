import { settings as apiSettings, openApi } from '@carillon/api'
import type { FleetApp, FleetTools } from '@carillon/backbone'
import { topicDefinitions } from '@carillon/contracts'
import { settings as emailSettings, openEmail } from '@carillon/email'
import { settings as escalationSettings, openEscalation } from '@carillon/escalation'
import { settings as fanoutSettings, openFanout } from '@carillon/fanout'
import { createTopics } from '@carillon/kafka'
import { parseConfig } from '@carillon/process'
import { openPush, settings as pushSettings } from '@carillon/push'
import { openReceipts, settings as receiptsSettings } from '@carillon/receipts-app'
import { openRouter, settings as routerSettings } from '@carillon/router'
import { openSms, settings as smsSettings } from '@carillon/sms'
import { migrate } from '@carillon/store'
import { createMetrics, type Logger, startTracing } from '@carillon/telemetry'

export interface FleetOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Logger
  readonly onFatal: (error: unknown) => void
}

export interface RunningFleet {
  readonly apiUrl: string
  close(): Promise<void>
}

/** Schema and topics first; then every app as its own process would open it, side by side in this one. */
export async function startFleet(options: FleetOptions): Promise<RunningFleet> {
  const { environment } = options
  await Promise.all([migrate({ connectionString: environment.DATABASE_URL ?? '' }), createFleetTopics(options)])
  const tracing = startTracing('up', environment.OTEL_EXPORTER_OTLP_ENDPOINT)
  const metrics = createMetrics('up')
  const tools: FleetTools = { log: options.log, onFatal: options.onFatal, metrics }
  const opened = await Promise.allSettled([
    openApi(parseConfig(apiSettings, environment), tools),
    openRouter(parseConfig(routerSettings, environment), tools),
    openFanout(parseConfig(fanoutSettings, environment), tools),
    openEmail(parseConfig(emailSettings, environment), tools),
    openSms(parseConfig(smsSettings, environment), tools),
    openPush(parseConfig(pushSettings, environment), tools),
    openReceipts(parseConfig(receiptsSettings, environment), tools),
    openEscalation(parseConfig(escalationSettings, environment), tools),
  ])
  const apps: FleetApp[] = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const close = async () => {
    await Promise.all(apps.map((app) => app.close()))
    metrics.close()
    await tracing.close()
  }
  const [api] = opened
  const failed = opened.find((result) => result.status === 'rejected')
  if (api.status === 'fulfilled' && failed === undefined) return { apiUrl: api.value.url, close }
  await close()
  throw failed?.reason
}

async function createFleetTopics({ environment, log }: FleetOptions): Promise<void> {
  const brokers = (environment.KAFKA_BROKER ?? '').split(',')
  const topics = createTopics({ connection: { brokers, clientId: 'carillon-up' }, log })
  try {
    await topics.ensureTopics(topicDefinitions())
  } finally {
    await topics.close()
  }
}
