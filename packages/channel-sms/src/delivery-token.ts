import { createHmac, timingSafeEqual } from 'node:crypto'

export interface DeliveryReference {
  readonly deliveryId: string
  readonly attempt: number
}

/** Names a hand-over for ever, so that a provider's report finds its row, and nobody else can make such a name up. */
export interface DeliveryTokens {
  /** Letters, digits, dots and dashes, under a hundred of them: it fits into every provider's field. */
  sign(reference: DeliveryReference): string
  verify(token: string): DeliveryReference | undefined
}

/** The first secret signs; all of them verify, so that a rotation loses no report. */
export function createDeliveryTokens(secrets: readonly string[]): DeliveryTokens {
  const [signing] = secrets
  if (!signing) throw new Error('create delivery tokens: no secret')
  return {
    sign({ deliveryId, attempt }) {
      const named = `${deliveryId}.${attempt}`
      return `${named}.${macOf(named, signing)}`
    },
    verify(token) {
      const [, named, deliveryId, attempt, mac] = /^(([0-9a-f-]{36})\.(\d{1,6}))\.([0-9a-f]{32})$/.exec(token) ?? []
      if (named === undefined || deliveryId === undefined || mac === undefined) return undefined
      const isGenuine = secrets.some((secret) => timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(named, secret))))
      return isGenuine ? { deliveryId, attempt: Number(attempt) } : undefined
    },
  }
}

function macOf(named: string, secret: string): string {
  return createHmac('sha256', secret).update(`delivery\n${named}`).digest('hex').slice(0, 32)
}

const parameter = 'ref'

export function addToken(callbackUrl: string, token: string): string {
  const url = new URL(callbackUrl)
  url.searchParams.set(parameter, token)
  return url.href
}

/** `url` as the provider called it, relative or whole. */
export function readToken(url: string, tokens: DeliveryTokens): DeliveryReference | undefined {
  const token = URL.parse(url, 'http://callback')?.searchParams.get(parameter)
  return token ? tokens.verify(token) : undefined
}
