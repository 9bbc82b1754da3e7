export interface Order {
  readonly id: string
  readonly customer: { readonly id: string; readonly email: string }
  /** With its currency, as customers read it. */
  readonly amount: string
}

/** Undefined for what is no order. */
export function readOrder(id: string, body: unknown): Order | undefined {
  if (!isObject(body) || !isObject(body.customer)) return undefined
  const { amount } = body
  const { id: customerId, email } = body.customer
  if (typeof customerId !== 'string' || typeof email !== 'string' || typeof amount !== 'string') return undefined
  return { id, customer: { id: customerId, email }, amount }
}

export function readCarrier(body: unknown): string | undefined {
  return isObject(body) && typeof body.carrier === 'string' ? body.carrier : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
