import type { Device } from '@carillon/delivery'
import type { FailedAnswer, PushProvider } from './device-answer.ts'

/**
 * A platform whose keys are wrong rests, while the others go on. After the hold a real message asks again, so that it
 * comes back by itself once a person has acted.
 */
export function createPlatformHolds(holdMs: number, nowMs: () => number = () => performance.now()) {
  const untilMs = new Map<string, number>()
  const name = (provider: PushProvider, platform: Device['platform']) => `${provider} ${platform}`
  return {
    /** True when the platform was not resting before. */
    hold(provider: PushProvider, platform: Device['platform']): boolean {
      const isNew = (untilMs.get(name(provider, platform)) ?? 0) <= nowMs()
      untilMs.set(name(provider, platform), nowMs() + holdMs)
      return isNew
    },
    find(provider: PushProvider, platform: Device['platform']): FailedAnswer | undefined {
      const leftMs = (untilMs.get(name(provider, platform)) ?? 0) - nowMs()
      if (leftMs <= 0) return undefined
      return {
        ...{ outcome: 'unavailable', provider, reason: 'push_platform_held', error: `${platform} rests` },
        ...{ retryAfterMs: Math.ceil(leftMs), notHandedOver: true },
      }
    },
  }
}
