import type { Backbone } from '@carillon/backbone'
import { type Loop, type LoopOptions, startLoop, UNTIL_WOKEN_MS } from '@carillon/clock'
import { createPrivacyStore } from '@carillon/store'

export interface ErasureLoopOptions extends Omit<LoopOptions, 'work'> {
  readonly backbone: Backbone
  readonly observe: (work: { readonly work: 'people_erased'; readonly count: number }) => void
}

const PEOPLE_MAX = 20

/** Once more over those who were erased a minute ago: a router may have been writing at that moment. */
export function startErasureLoop({ backbone, observe, decideRestMs, onFatal }: ErasureLoopOptions): Loop {
  const store = createPrivacyStore({ pool: backbone.pool, announce: backbone.announce })
  async function work() {
    const count = await store.sweepErased(PEOPLE_MAX)
    if (count > 0) observe({ work: 'people_erased', count })
    return { againInMs: count === PEOPLE_MAX ? 0 : UNTIL_WOKEN_MS }
  }
  return startLoop({ work, decideRestMs, onFatal })
}
