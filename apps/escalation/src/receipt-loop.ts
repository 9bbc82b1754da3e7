import type { Backbone } from '@carillon/backbone'
import { type Loop, type LoopOptions, startLoop, UNTIL_WOKEN_MS } from '@carillon/clock'
import { applyDueReceipts } from '@carillon/receipts'
import { createReceiptStore } from '@carillon/store'

export interface ReceiptLoopOptions extends Omit<LoopOptions, 'work'> {
  readonly backbone: Backbone
  readonly observe: (work: { readonly work: 'receipts_applied'; readonly count: number }) => void
}

/** Receipts that came before what they speak of: the clock looks at them again. */
export function startReceiptLoop({ backbone, observe, decideRestMs, onFatal }: ReceiptLoopOptions): Loop {
  const store = createReceiptStore({ pool: backbone.pool, announce: backbone.announce })
  const ports = {
    store,
    observe: (settled: readonly unknown[]) => observe({ work: 'receipts_applied', count: settled.length }),
  }
  async function work() {
    const { isMoreDue } = await applyDueReceipts(ports)
    return { againInMs: isMoreDue ? 0 : UNTIL_WOKEN_MS }
  }
  return startLoop({ work, decideRestMs, onFatal })
}
