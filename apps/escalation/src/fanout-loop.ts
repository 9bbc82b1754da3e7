import type { Backbone } from '@carillon/backbone'
import { type Loop, type LoopOptions, startLoop, UNTIL_WOKEN_MS } from '@carillon/clock'
import { publishFanouts } from '@carillon/routing'
import { createFanoutStore } from '@carillon/store'

export interface FanoutLoopOptions extends Omit<LoopOptions, 'work'> {
  readonly backbone: Backbone
  readonly observe: (work: { readonly work: 'fanouts_handed_over'; readonly count: number }) => void
}

const FANOUTS_MAX = 100

/** Fan-outs that nobody works on: resumed ones, those of a dead process, and those whose record was lost. */
export function startFanoutLoop({ backbone, observe, decideRestMs, onFatal }: FanoutLoopOptions): Loop {
  const { pool, announce, producer } = backbone
  const store = createFanoutStore({ pool, announce })
  async function work() {
    const due = await store.takeDueFanouts(FANOUTS_MAX)
    await publishFanouts(due, producer)
    if (due.length > 0) observe({ work: 'fanouts_handed_over', count: due.length })
    return { againInMs: due.length === FANOUTS_MAX ? 0 : UNTIL_WOKEN_MS }
  }
  return startLoop({ work, decideRestMs, onFatal })
}
