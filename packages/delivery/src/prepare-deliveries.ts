import { type AddressGate, passGate } from './address-gate.ts'
import { decideSendable } from './decide-sendable.ts'
import type { DeliveryStore, LoadedDelivery, SetAside } from './delivery-store.ts'

export interface PreparedDelivery {
  readonly loaded: LoadedDelivery
  readonly address: string
  /** Of the address that it goes to. */
  readonly addressHash: string
  readonly isRedirected: boolean
}

export interface PreparePorts {
  readonly store: DeliveryStore
  /** Keyed, so that a suppression outlives the address it came from. */
  readonly hashAddress: (tenantId: string, address: string) => string
  readonly gate?: AddressGate
}

/** load → decide → set aside. Answers those that may be claimed now; the rows of all others already say why not. */
export async function prepareDeliveries(
  ids: readonly string[],
  { store, hashAddress, gate }: PreparePorts,
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
      addressed.push({ loaded: delivery, address, addressHash, isRedirected: false })
    }
  }
  const suppressed = await findSuppressed(addressed, store)
  const prepared = addressed.flatMap((one) => {
    const { id } = one.loaded
    if (suppressed.has(one.addressHash)) {
      setAside.push({ id, status: 'SUPPRESSED', reason: 'address_suppressed' })
      return []
    }
    const gated = gate ? applyGate(one, gate, hashAddress) : one
    if (!gated) setAside.push({ id, status: 'SUPPRESSED', reason: 'not_on_allow_list' })
    return gated ?? []
  })
  if (setAside.length > 0) await store.setAside(setAside)
  return prepared
}

function applyGate(
  prepared: PreparedDelivery,
  gate: AddressGate,
  hashAddress: PreparePorts['hashAddress'],
): PreparedDelivery | undefined {
  const { loaded, address } = prepared
  const gated = passGate({ channel: loaded.channel, recipientId: loaded.recipientId, address }, gate)
  if (!gated.passes) return undefined
  if (!gated.isRedirected) return prepared
  // Of the other address: asked about its own number, a provider would rightly say that it has nothing.
  const addressHash = hashAddress(loaded.tenantId, gated.address)
  return { loaded, address: gated.address, addressHash, isRedirected: true }
}

async function findSuppressed(addressed: readonly PreparedDelivery[], store: DeliveryStore): Promise<Set<string>> {
  if (addressed.length === 0) return new Set()
  const asked = addressed.map(({ loaded: { tenantId, channel }, addressHash }) => ({ tenantId, channel, addressHash }))
  return new Set((await store.findSuppressed(asked)).map((address) => address.addressHash))
}
