import { type Carillon, createCarillon } from '@carillon/client'
import { openKafkaSender } from '@carillon/client/kafka'
import type { Order } from './orders.ts'

export interface CarillonSettings {
  readonly url: string
  readonly apiKey: string
  /** Empty: events go by REST. */
  readonly brokers: readonly string[]
}

export async function openCarillon({ url, apiKey, brokers }: CarillonSettings): Promise<Carillon> {
  const events = brokers.length === 0 ? {} : { events: await openKafkaSender({ brokers: [...brokers] }) }
  return createCarillon({ url, token: apiKey, ...events })
}

/** Told once for each order, however often this is called: `about` names what it is about. */
export function tellOrderCreated(carillon: Carillon, { id, customer, amount }: Order) {
  return carillon.publishBusinessEvent('ORDER_CREATED', {
    about: id,
    recipients: [{ userId: customer.id, email: customer.email }],
    variables: { orderNumber: id, amount },
  })
}

export function tellOrderShipped(carillon: Carillon, { id, customer }: Order, carrier: string) {
  return carillon.publishBusinessEvent('ORDER_SHIPPED', {
    about: id,
    recipients: [{ userId: customer.id, email: customer.email }],
    variables: { orderNumber: id, carrier },
  })
}
