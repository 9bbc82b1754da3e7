// Where to start reading a segment: one entry for about every 16 KiB of log. The third column is the largest timestamp
// before the entry's batch, so it only ever grows and can be searched like the offsets.

const spacingBytes = 16 * 1024

export interface SparseIndex {
  add(offset: number, position: number, maxTimestamp: number): void
  positionOfOffset(offset: number): number
  positionOfTime(timestamp: number): number
}

export function createSparseIndex(): SparseIndex {
  const offsets: number[] = []
  const positions: number[] = []
  const timestamps: number[] = []
  let maxSoFar = Number.NEGATIVE_INFINITY

  // The last entry whose column is below or at the limit; entry 0 stands for the beginning of the segment.
  function lastEntry(column: number[], isBelow: (value: number) => boolean): number {
    let low = 0
    let high = column.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isBelow(column[middle] ?? 0)) low = middle + 1
      else high = middle
    }
    return positions[low - 1] ?? 0
  }

  return {
    add(offset, position, maxTimestamp) {
      const lastPosition = positions.at(-1)
      if (lastPosition === undefined || position - lastPosition >= spacingBytes) {
        offsets.push(offset)
        positions.push(position)
        timestamps.push(maxSoFar)
      }
      maxSoFar = Math.max(maxSoFar, maxTimestamp)
    },
    positionOfOffset: (offset) => lastEntry(offsets, (value) => value <= offset),
    positionOfTime: (timestamp) => lastEntry(timestamps, (value) => value < timestamp),
  }
}
