import type { Backbone } from '@carillon/backbone'
import { type Loop, type LoopOptions, startLoop, UNTIL_WOKEN_MS } from '@carillon/clock'
import { createDigestStore } from '@carillon/store'

export interface DigestLoopOptions extends Omit<LoopOptions, 'work'> {
  readonly backbone: Backbone
  readonly observe: (work: { readonly work: 'digests_closed' | 'digests_deleted'; readonly count: number }) => void
}

const DIGESTS_MAX = 200
const CLEAN_EVERY_MS = 600_000
/** Until then it can be seen what a digest was made of. */
const CLOSED_KEPT_MS = 30 * 24 * 3_600_000

/** Closes digests whose time has come; what they become is fired and sent like everything else that is due. */
export function startDigestLoop({ backbone, observe, decideRestMs, onFatal }: DigestLoopOptions): Loop {
  const store = createDigestStore({ pool: backbone.pool })
  let cleanAtMs = 0
  async function work() {
    const closed = await store.closeDigests(DIGESTS_MAX)
    if (closed > 0) observe({ work: 'digests_closed', count: closed })
    if (closed === DIGESTS_MAX) return { againInMs: 0 }
    if (performance.now() >= cleanAtMs) await clean()
    return { againInMs: UNTIL_WOKEN_MS }
  }
  async function clean() {
    const deleted = await store.deleteClosed(CLOSED_KEPT_MS, DIGESTS_MAX)
    if (deleted > 0) observe({ work: 'digests_deleted', count: deleted })
    if (deleted < DIGESTS_MAX) cleanAtMs = performance.now() + CLEAN_EVERY_MS
  }
  return startLoop({ work, decideRestMs, onFatal })
}
