import { createHmac, timingSafeEqual } from 'node:crypto'

/** Whom a link in a mail frees from what: bound to tenant, person and category, so that it opens nothing else. */
export interface UnsubscribeWish {
  readonly tenantId: string
  readonly userId: string
  readonly category: string
}

const TOKEN = /^([A-Za-z0-9_-]{1,1600})\.([A-Za-z0-9_-]{43})$/

/** The first key signs; all of them verify. A mail lies in a mailbox for years, so a key is dropped late. */
export function signUnsubscribe({ tenantId, userId, category }: UnsubscribeWish, keys: readonly [string, ...string[]]) {
  const named = Buffer.from(JSON.stringify([tenantId, userId, category])).toString('base64url')
  return `${named}.${macOf(named, keys[0])}`
}

/** Total: undefined for whatever we did not sign. */
export function readUnsubscribe(token: string, keys: readonly string[]): UnsubscribeWish | undefined {
  const [, named, mac] = TOKEN.exec(token) ?? []
  if (named === undefined || mac === undefined) return undefined
  const isGenuine = keys.some((key) => timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(named, key))))
  if (!isGenuine) return undefined
  const [tenantId, userId, category]: string[] = JSON.parse(Buffer.from(named, 'base64url').toString())
  return tenantId && userId && category ? { tenantId, userId, category } : undefined
}

function macOf(named: string, key: string): string {
  return createHmac('sha256', key).update(`unsubscribe\n${named}`).digest('base64url')
}
