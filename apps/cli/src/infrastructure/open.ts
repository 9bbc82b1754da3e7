import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { InfrastructureName } from './names.ts'
import { openRedisHere } from './redis.ts'

// What tests run on. `environment` is how they find it.
export type Infrastructure = {
  label: string
  environment: Record<string, string>
  close(): Promise<void>
}

// One server of it, before several are put together.
export type Server = { label: string; variable: string; url: string; close(): Promise<void> }

export type Missing = { problem: string; cure: string }

// Redis is left out where no chosen test asks for it, so that nobody needs it who does not use it.
export type Wanted = { withRedis: boolean }

export const noInfrastructure: Infrastructure = {
  label: 'nothing but this process',
  environment: {},
  close: async () => {},
}

type Opener = (dataDir: string, config: Config) => Promise<Server>

// Loaded only when chosen: the broker and the container client are heavy.
async function chooseOpeners(on: InfrastructureName, { withRedis }: Wanted): Promise<Opener[]> {
  if (on === 'containers') {
    const { openKafkaContainer, openPostgresContainer, openRedisContainer } = await import('./containers.ts')
    return [openKafkaContainer, openPostgresContainer, ...(withRedis ? [openRedisContainer] : [])]
  }
  const { openBrokerHere, openPostgresHere } = await import('./embedded.ts')
  const { openApacheKafka } = await import('./apache-kafka.ts')
  return [on === 'kafka' ? openApacheKafka : openBrokerHere, openPostgresHere, ...(withRedis ? [openRedisHere] : [])]
}

async function closeAll(servers: Server[], scratchDir: string): Promise<void> {
  const results = await Promise.allSettled(servers.map((server) => server.close()))
  await rm(scratchDir, { recursive: true, force: true })
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw new Error('stop the test infrastructure', { cause: failed.reason })
}

// The reason that a person can act on is usually the innermost.
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${explain(error.cause)}`
}

// Missing infrastructure is an answer, never a reason to test less.
export async function openInfrastructure(
  on: InfrastructureName,
  config: Config,
  wanted: Wanted,
): Promise<Infrastructure | Missing> {
  // Short, because a Unix socket's path may have only 107 bytes.
  const scratchDir = await mkdtemp(join(tmpdir(), 'carillon-'))
  const openers = await chooseOpeners(on, wanted)
  const results = await Promise.allSettled(openers.map((open, index) => open(join(scratchDir, String(index)), config)))
  const servers = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const problems = results.flatMap((result) => (result.status === 'rejected' ? [explain(result.reason)] : []))
  if (problems.length > 0) {
    await closeAll(servers, scratchDir)
    return { problem: `no infrastructure to run on: ${[...new Set(problems)].join('; ')}`, cure: cures[on] }
  }
  return {
    label: servers.map((server) => server.label).join(' and '),
    environment: Object.fromEntries(servers.map((server) => [server.variable, server.url])),
    close: () => closeAll(servers, scratchDir),
  }
}

const cures: Record<InfrastructureName, string> = {
  embedded: 'Run ./carillon test --suite unit for what needs no server.',
  kafka: 'Apache Kafka needs Java 17 or later, and Maven once, to fetch it; Redis is redis-server, or REDIS_URL.',
  containers: 'Start a Docker engine, or run without --on containers.',
}
