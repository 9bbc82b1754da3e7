import type { Channel, ReceiptRecord } from '@carillon/contracts'
import { OPT_OUT_REASON } from '@carillon/receipts'
import type { PoolClient } from 'pg'
import { runStatement, toColumns } from '../run-statement.ts'
import { LIFT_SUPPRESSIONS, SUPPRESS_ADDRESSES } from '../sql/receipts.ts'

interface HashedAddress {
  readonly tenantId: string
  readonly channel: Channel
  readonly addressHash: string
}

export interface AddressToSuppress extends HashedAddress {
  readonly reason: string
  readonly deliveryId: string | null
}

export async function suppressAddresses(client: PoolClient, addresses: readonly AddressToSuppress[]): Promise<void> {
  // One statement must not meet the same row twice.
  const unique = [...new Map(addresses.map((address) => [keyOf(address), address])).values()]
  if (unique.length === 0) return
  const values = toColumns(unique, [
    (one) => one.tenantId,
    (one) => one.channel,
    (one) => one.addressHash,
    (one) => one.reason,
    (one) => one.deliveryId,
  ])
  await runStatement(client, SUPPRESS_ADDRESSES, [...values, OPT_OUT_REASON])
}

/** What a person asked for last is what holds. */
export async function applyWishes(client: PoolClient, receipts: readonly ReceiptRecord[]): Promise<void> {
  const wishes = new Map<string, HashedAddress & { readonly isOptOut: boolean }>()
  for (const { kind, channel, addressHashes } of receipts) {
    if (channel === undefined) continue
    for (const [tenantId, addressHash] of Object.entries(addressHashes ?? {})) {
      const address = { tenantId, channel, addressHash }
      wishes.set(keyOf(address), { ...address, isOptOut: kind === 'opted_out' })
    }
  }
  const optOuts = [...wishes.values()].filter(({ isOptOut }) => isOptOut)
  await suppressAddresses(
    client,
    optOuts.map((address) => ({ ...address, reason: OPT_OUT_REASON, deliveryId: null })),
  )
  await liftSuppressions(
    client,
    [...wishes.values()].filter(({ isOptOut }) => !isOptOut),
  )
}

async function liftSuppressions(client: PoolClient, addresses: readonly HashedAddress[]): Promise<void> {
  if (addresses.length === 0) return
  const values = toColumns(addresses, [(one) => one.tenantId, (one) => one.channel, (one) => one.addressHash])
  await runStatement(client, LIFT_SUPPRESSIONS, [...values, OPT_OUT_REASON])
}

function keyOf({ tenantId, channel, addressHash }: HashedAddress): string {
  return JSON.stringify([tenantId, channel, addressHash])
}
