import type { UnsubscribeWish } from '@carillon/contracts'

export interface UnsubscribePorts {
  /** Undefined for a link that we did not sign. */
  readWish(token: string): UnsubscribeWish | undefined
  /** No e-mail of this category to this person from now on. One statement; doing it again changes nothing. */
  keepOptOut(wish: UnsubscribeWish): Promise<void>
}
