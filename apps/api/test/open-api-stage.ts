import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { topicDefinitions } from '@carillon/contracts'
import { type Broker, openBroker } from '@carillon/embedded'
import { mintApiKey, SCOPES } from '@carillon/http-api'
import { readAnswered } from '@carillon/http-api/testing'
import { createTopics } from '@carillon/kafka'
import { parseConfig } from '@carillon/process'
import { createCredentialStore, openPool } from '@carillon/store'
import { createLogger, createMetrics } from '@carillon/telemetry'
import { openTestDatabase } from '@carillon/testkit'
import { openApi, settings } from '../src/index.ts'

const log = createLogger({ service: 'api', level: 'silent' })

export type ApiStage = Awaited<ReturnType<typeof openApiStage>>

/** The API on a database, a broker and a key of its own. */
export async function openApiStage(tenantId: string, environment: Readonly<Record<string, string>> = {}) {
  const metrics = createMetrics('api')
  const database = await openTestDatabase()
  const pool = openPool({ connectionString: database.url, max: 2, applicationName: 'test' })
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-api-'))
  let broker: Broker = await openBroker({ dataDir })
  const accessKafka = () => ({ connection: { brokers: [broker.address], clientId: 'test' }, log })
  const topics = createTopics(accessKafka())
  await topics.ensureTopics(topicDefinitions(2))
  await topics.close()
  const { token, ...minted } = mintApiKey()
  await createCredentialStore({ pool }).saveApiKey({
    ...minted,
    tenantId,
    name: 'test',
    scopes: SCOPES,
    expiresAt: null,
  })

  const openWith = (more: Readonly<Record<string, string>>) =>
    openApi(
      parseConfig(settings, {
        DATABASE_URL: database.url,
        KAFKA_BROKER: broker.address,
        CARILLON_SECRET: 'a secret of the test',
        PORT: '0',
        ...environment,
        ...more,
      }),
      { log, metrics, onFatal: (error) => Promise.reject(error) },
    )
  const api = await openWith({})

  return {
    pool,
    token,
    accessKafka,
    /** Another one beside it, in an environment that differs. */
    openWith,
    async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
      const answer = await fetch(`${api.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return { status: answer.status, json: readAnswered(await answer.text()) }
    },
    /** Kafka is away while the work runs. */
    async withoutBroker(work: () => Promise<void>) {
      const { port } = broker
      await broker.close()
      await work().finally(async () => {
        broker = await openBroker({ dataDir, port })
      })
    },
    async close() {
      await api.close()
      await broker.close()
      metrics.close()
      await pool.end()
      await database.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
