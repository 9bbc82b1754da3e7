import {
  type Backbone,
  createAddressHash,
  eventIdKeysOf,
  type FleetApp,
  type FleetTools,
  openBackbone,
  planningPolicyOf,
  unsubscribeKeysOf,
} from '@carillon/backbone'
import { readUnsubscribe } from '@carillon/contracts'
import { createApi, createJwtVerifier, type JwtVerifier, type UnsubscribePorts } from '@carillon/http-api'
import { createMemoryTwin, createOpenLimiter, openRedis, type SharedMemory } from '@carillon/redis'
import { createOptOutStore, createReceiptStore, isPostgresOutage } from '@carillon/store'
import type { ApiConfig } from './config.ts'
import { createPorts } from './create-ports.ts'
import { type HttpServer, type ServeOptions, serveHttp } from './serve.ts'
import { createWebhooks } from './webhooks/create-webhooks.ts'

export interface ApiApp extends FleetApp {
  /** Where it listens, without a slash at the end. */
  readonly url: string
}

// With the time that Kafka's queue may take to drain, within the time in which a process must be gone.
const REQUESTS_MS_MAX = 12_000

/** Validates, authenticates, publishes and reads; it plans and sends nothing. */
export async function openApi(config: ApiConfig, tools: FleetTools): Promise<ApiApp> {
  const backbone = await openBackbone({ name: 'api', config, ...tools })
  const eventIdKeys = eventIdKeysOf(config)
  const jwt = createVerifier(config)
  const webhooks = await createWebhooks(config, createReceiptStore(backbone))
  const memory = await openMemory(config, tools)
  const limiter = createOpenLimiter(memory.limiter, createMemoryTwin().limiter)
  const api = createApi(
    {
      ...createPorts(
        backbone,
        {
          policy: planningPolicyOf(config),
          costs: Object.fromEntries(config.CHANNEL_COSTS),
          inboxTtlMs: config.NOTIFICATION_CACHE_TTL_SECONDS * 1_000,
          hashAddress: createAddressHash(config),
        },
        tools,
      ),
      limiter,
      webhooks,
      unsubscribes: createUnsubscribes(config, backbone),
    },
    {
      eventIdKeys,
      ...(jwt && { jwt }),
      corsOrigins: config.CORS_ORIGINS,
      rateLimits: { ofKey: config.API_RATE_LIMIT_KEY, ofUser: config.API_RATE_LIMIT_USER },
      isOutage: isPostgresOutage,
    },
  )
  const close = async () => void (await Promise.all([backbone.close(), memory.close()]))
  const server = await listen(config, api).catch(async (cause) => {
    await close()
    throw new Error(`listen on ${config.API_HOST}:${config.PORT}`, { cause })
  })
  tools.log.info({ url: server.url }, 'api.listening')
  for (const { name } of webhooks.providers) tools.log.info({ provider: name }, 'webhook.open')
  return {
    url: server.url,
    checkReadiness: backbone.checkReadiness,
    async close() {
      await server.close(REQUESTS_MS_MAX)
      await close()
    },
  }
}

function createUnsubscribes(config: ApiConfig, { pool }: Backbone): UnsubscribePorts {
  const keys = unsubscribeKeysOf(config)
  return { readWish: (token) => readUnsubscribe(token, keys), keepOptOut: createOptOutStore({ pool }).keepOptOut }
}

async function openMemory({ REDIS_URL: url }: ApiConfig, { log }: FleetTools): Promise<SharedMemory> {
  return url ? openRedis({ url, name: 'carillon-api', log }) : createMemoryTwin()
}

async function listen(
  { API_HOST: host, PORT: port }: ApiConfig,
  { fetch, exactRoutes }: Required<Pick<ServeOptions, 'fetch' | 'exactRoutes'>>,
): Promise<HttpServer> {
  return serveHttp({ host, port, fetch, exactRoutes })
}

function createVerifier(config: ApiConfig): JwtVerifier | undefined {
  const { JWT_SECRET: secret, JWT_JWKS_URL: jwksUrl, JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWT_TENANT } = config
  const keys = secret ? { secret } : jwksUrl ? { jwksUrl } : undefined
  if (keys === undefined || !issuer || !audience) return undefined
  return createJwtVerifier({ keys, issuer, audience, ...(JWT_TENANT && { tenantOfOthers: JWT_TENANT }) })
}
