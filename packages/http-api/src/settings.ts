import type { EventIdKeys } from '@carillon/contracts'
import type { JwtVerifier } from './auth/verify-jwt.ts'
import type { RateLimits } from './rate-limit.ts'

/** What the installation decides; times of milliseconds and sizes of bytes have their units in the name. */
export interface ApiSettings {
  readonly eventIdKeys: EventIdKeys
  /** Absent: people have no way in, only API keys. */
  readonly jwt?: JwtVerifier
  /** Origins of browsers that may call; empty means same origin only. */
  readonly corsOrigins?: readonly string[]
  readonly bodyBytesMax?: number
  readonly bodyWaitMs?: number
  readonly now?: () => Date
  readonly version?: string
  readonly rateLimits?: RateLimits
  /** Whether a port failed because what it needs is away, so that repeating helps. */
  readonly isOutage?: (error: unknown) => boolean
}

export interface CompleteSettings extends ApiSettings {
  readonly corsOrigins: readonly string[]
  readonly bodyBytesMax: number
  readonly bodyWaitMs: number
  readonly now: () => Date
  readonly version: string
  readonly rateLimits: RateLimits
  readonly isOutage: (error: unknown) => boolean
}

export function completeSettings(settings: ApiSettings): CompleteSettings {
  return {
    corsOrigins: [],
    bodyBytesMax: 256 * 1024,
    bodyWaitMs: 30_000,
    now: () => new Date(),
    version: '0.0.0',
    rateLimits: { ofKey: 0, ofUser: 600 },
    isOutage: () => false,
    ...settings,
  }
}
