import type { RateLimiter } from '@carillon/delivery'
import {
  createClosedLimiter,
  createMemoryTwin,
  createOpenLimiter,
  openRedis,
  type RedisLog,
  type SharedMemory,
} from '@carillon/redis'

export interface ProcessMemory extends Omit<SharedMemory, 'limiter'> {
  /** With Redis away each process counts for itself. */
  readonly openLimiter: RateLimiter
  /** With Redis away nobody gets a slot. */
  readonly closedLimiter: RateLimiter
}

export interface SharedMemoryOptions {
  readonly name: string
  readonly config: { readonly REDIS_URL?: string | undefined }
  readonly log: RedisLog
}

const AWAY_RETRY_MS = 5_000

/** One for all apps of a process that runs them together: they tell each other through it what Redis would tell. */
const ofThisProcess = createMemoryTwin()

/** By Redis where it is configured, else by this process alone. */
export async function openSharedMemory({ name, config, log }: SharedMemoryOptions): Promise<ProcessMemory> {
  if (!config.REDIS_URL) {
    const { limiter, ...memory } = ofThisProcess
    return { ...memory, openLimiter: limiter, closedLimiter: limiter }
  }
  const { limiter, ...memory } = await openRedis({ url: config.REDIS_URL, name: `carillon-${name}`, log })
  return {
    ...memory,
    openLimiter: createOpenLimiter(limiter, ofThisProcess.limiter),
    closedLimiter: createClosedLimiter(limiter, AWAY_RETRY_MS),
  }
}
