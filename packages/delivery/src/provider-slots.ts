import type { Rate } from './delivery-limits.ts'
import type { RateLimiter, SlotAnswer } from './rate-limiter.ts'

/** Asked right before a message is handed to this provider; `isQueued` when there is no other to take it instead. */
export type TakeProviderSlot = (provider: string, isQueued: boolean) => Promise<SlotAnswer>

/** How often each provider may be asked, in all processes together, whatever channel it serves. */
export function createProviderSlots(
  limiter: RateLimiter,
  ratesByProvider: Readonly<Record<string, readonly Rate[]>>,
): TakeProviderSlot {
  return async function takeProviderSlot(provider, isQueued) {
    const rates = ratesByProvider[provider] ?? []
    if (rates.length === 0) return { granted: true }
    const limits = rates.map((rate) => ({ ...rate, key: `send:provider:${provider}` }))
    const [answer] = await limiter.takeSlots([{ limits, isQueued }])
    return answer ?? { granted: true }
  }
}
