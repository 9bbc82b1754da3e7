import type { DispatchPart, WakeUp } from '@carillon/routing'
import type { OpenDispatch } from './clock-store.ts'

/** Where a partition's log and its group stand. */
export interface PartitionPosition {
  readonly partition: number
  readonly logStart: number
  readonly logEnd: number
  readonly committed: number | null
}

export interface LostAndKept {
  readonly lost: readonly WakeUp[]
  readonly kept: readonly DispatchPart[]
}

/**
 * What is still PENDING although its wake-up is gone. A wake-up is gone when its publish was never acknowledged, when
 * its group has committed beyond it, or when the log does not hold its offset any more (or never did: a topic made
 * anew). Everything else is a queue, however long, and publishing it again would only make it longer.
 */
export function decideLost(dispatch: OpenDispatch, positions: readonly PartitionPosition[]): LostAndKept {
  const byPartition = new Map(positions.map((position) => [position.partition, position]))
  const kept = dispatch.parts.filter((part) => !isGone(part, byPartition))
  const queued = new Set(kept.flatMap((part) => part.ids))
  return { lost: dispatch.pending.filter((wakeUp) => !queued.has(wakeUp.deliveryId)), kept }
}

function isGone({ partition, lastOffset }: DispatchPart, positions: ReadonlyMap<number, PartitionPosition>): boolean {
  if (partition === null || lastOffset === null) return true
  const position = positions.get(partition)
  if (!position) return true
  const isConsumed = position.committed !== null && position.committed > lastOffset
  return isConsumed || lastOffset < position.logStart || lastOffset >= position.logEnd
}
