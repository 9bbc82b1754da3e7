import { decideSendable } from './decide-sendable.ts'
import type { DeliveryStore, LoadedDelivery, SetAside } from './delivery-store.ts'

export interface PreparedDelivery {
  readonly loaded: LoadedDelivery
  readonly address: string
  readonly addressHash: string
}

export interface PreparePorts {
  readonly store: DeliveryStore
  /** Keyed, so that a suppression outlives the address it came from. */
  readonly hashAddress: (tenantId: string, address: string) => string
}

/** load → decide → set aside. Answers those that may be claimed now; the rows of all others already say why not. */
export async function prepareDeliveries(
  ids: readonly string[],
  { store, hashAddress }: PreparePorts,
): Promise<readonly PreparedDelivery[]> {
  const loaded = await store.loadDeliveries(ids)
  const setAside: SetAside[] = []
  const addressed: PreparedDelivery[] = []
  for (const delivery of loaded) {
    if (!delivery.isPending) continue
    const sendable = decideSendable(delivery)
    if (!sendable.send) setAside.push({ id: delivery.id, status: 'SUPPRESSED', reason: sendable.reason })
    else {
      const { address } = sendable
      // Devices have no address of their own; the person stands for them.
      const addressHash = hashAddress(delivery.tenantId, address || delivery.recipientId)
      addressed.push({ loaded: delivery, address, addressHash })
    }
  }
  const suppressed = await findSuppressed(addressed, store)
  const prepared = addressed.filter(({ loaded: { id }, addressHash }) => {
    if (!suppressed.has(addressHash)) return true
    setAside.push({ id, status: 'SUPPRESSED', reason: 'address_suppressed' })
    return false
  })
  if (setAside.length > 0) await store.setAside(setAside)
  return prepared
}

async function findSuppressed(addressed: readonly PreparedDelivery[], store: DeliveryStore): Promise<Set<string>> {
  if (addressed.length === 0) return new Set()
  const asked = addressed.map(({ loaded: { tenantId, channel }, addressHash }) => ({ tenantId, channel, addressHash }))
  return new Set((await store.findSuppressed(asked)).map((address) => address.addressHash))
}
