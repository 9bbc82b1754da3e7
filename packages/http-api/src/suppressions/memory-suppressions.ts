import type { Suppression } from '@carillon/contracts'
import type { Suppressions } from './suppression-ports.ts'

export interface MemorySuppressions extends Suppressions {
  readonly kept: (Suppression & { readonly tenantId: string; readonly isWish?: boolean })[]
}

export function createMemorySuppressions(): MemorySuppressions {
  const kept: MemorySuppressions['kept'] = []
  const isOf = (tenantId: string, channel: string, hash: string) => (one: MemorySuppressions['kept'][number]) =>
    one.tenantId === tenantId && one.channel === channel && one.addressHash === hash
  return {
    kept,
    hashAddress: (tenantId, address) => `${tenantId} ${address.toLowerCase()}`,
    async listSuppressions({ tenantId, channel, addressHash, after, limit }) {
      const own = kept
        .filter((one) => one.tenantId === tenantId && (channel ?? one.channel) === one.channel)
        .filter((one) => (addressHash ?? one.addressHash) === one.addressHash)
      const from = after ? own.findIndex(isOf(tenantId, after.channel, after.addressHash)) + 1 : 0
      return own.slice(from, from + limit).map(({ tenantId: _, isWish: _wish, ...one }) => one)
    },
    async liftSuppression(tenantId, channel, addressHash) {
      const place = kept.findIndex(isOf(tenantId, channel, addressHash))
      if (place < 0) return 'unknown'
      if (kept[place]?.isWish) return 'of_the_person'
      kept.splice(place, 1)
      return 'lifted'
    },
  }
}
