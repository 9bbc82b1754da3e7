import type { PartitionOffsets } from './topics.ts'

interface LogOffsets {
  readonly partition: number
  readonly low: string
  readonly high: string
}

export function joinOffsets(
  log: readonly LogOffsets[],
  committed: readonly { readonly partition: number; readonly offset: string }[],
): PartitionOffsets[] {
  const byPartition = new Map(committed.map(({ partition, offset }) => [partition, readOffset(offset)]))
  return log
    .map(({ partition, low, high }) => {
      const offset = byPartition.get(partition) ?? -1
      // -1 means nothing stored; -2 is what kafkajs stores for "from the beginning".
      return { partition, logStart: readOffset(low), logEnd: readOffset(high), committed: offset < 0 ? null : offset }
    })
    .sort((a, b) => a.partition - b.partition)
}

/** What the group would still get: retention may have moved the start past its commit, a new topic the end before it. */
export function countLag({ logStart, logEnd, committed }: PartitionOffsets): number {
  return Math.max(0, logEnd - Math.max(logStart, committed ?? logStart))
}

export function readOffset(text: string): number {
  const offset = Number(text)
  if (!Number.isSafeInteger(offset)) throw new Error(`offset out of range: ${text}`)
  return offset
}
