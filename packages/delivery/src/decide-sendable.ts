import { isChannelWanted } from '@carillon/planning'
import type { LoadedDelivery } from './delivery-store.ts'

export type Sendable =
  | { readonly send: true; readonly address: string }
  | { readonly send: false; readonly reason: string }

/** Asked right before the claim, because people change their minds and addresses between planning and sending (D10). */
export function decideSendable(delivery: LoadedDelivery): Sendable {
  const address = addressOf(delivery)
  if (address === null) return { send: false, reason: delivery.channel === 'PUSH' ? 'no_device' : 'no_address' }
  const isWanted =
    delivery.isMandatory ||
    isChannelWanted({
      channel: delivery.channel,
      category: delivery.category,
      person: delivery.user?.preferences ?? null,
      categoryDefaults: delivery.categoryPreferences,
      tenantDefaults: delivery.tenantPreferences,
    })
  return isWanted ? { send: true, address } : { send: false, reason: 'preference_off' }
}

function addressOf({ channel, contact, user, devices }: LoadedDelivery): string | null {
  switch (channel) {
    case 'EMAIL':
      return contact?.email || user?.email || null
    case 'SMS':
    case 'WHATSAPP':
      return contact?.phone || user?.phone || null
    case 'PUSH':
      return devices.length > 0 ? '' : null
    default:
      return null
  }
}
