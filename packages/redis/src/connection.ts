import { Redis } from 'ioredis'

export interface RedisLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export interface ConnectionOptions {
  readonly url: string
  readonly name: string
  readonly log: RedisLog
  /** Each time a connection stands, the first one included. */
  readonly onUp: () => void
}

const COMMAND_MS_MAX = 500
const RECONNECT_MS_MAX = 2_000

/** A Redis that is away fails a command at once: everything that is asked of it has an answer without it. */
export function createConnection({ url, name, log, onUp }: ConnectionOptions): Redis {
  const client = new Redis(url, {
    connectionName: name,
    lazyConnect: true,
    enableOfflineQueue: false,
    // What was answered as failed must not be done later after all.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    commandTimeout: COMMAND_MS_MAX,
    connectTimeout: RECONNECT_MS_MAX,
    autoResubscribe: false,
    retryStrategy: (times) => Math.min(100 * times, RECONNECT_MS_MAX),
  })
  let isUp: boolean | undefined
  client.on('ready', () => {
    if (isUp === false) log.info({ connection: name }, 'redis.up')
    isUp = true
    onUp()
  })
  // Once an outage, not once a try.
  const noteDown = (error?: Error) => {
    if (isUp !== false) log.warn({ ...(error && { err: error }), connection: name }, 'redis.down')
    isUp = false
  }
  // Without a listener of its own each connection would end the process.
  client.on('error', noteDown)
  client.on('close', () => noteDown())
  return client
}

/** Waits for the first connection, and goes on without it when it takes too long. */
export async function connectFor(client: Redis, waitMsMax: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, waitMsMax)
  })
  const ready = new Promise<void>((resolve) => {
    client.once('ready', () => resolve())
  })
  client.connect().catch(() => undefined)
  await Promise.race([ready, enough])
  clearTimeout(timer)
}

/** For good, and without a word: nothing is down. */
export function disconnect(client: Redis): void {
  client.removeAllListeners('close')
  client.disconnect()
}
