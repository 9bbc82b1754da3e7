/** A chunk that was handed over; `nextOffset` may be committed once it and all before it are finished. */
interface HandedChunk {
  readonly nextOffset: number
  isFinished: boolean
}

/** How far one partition is, in one generation of the group. Chunks finish in any order; the commit waits for the lowest. */
export function createPartitionProgress() {
  const handed: HandedChunk[] = []
  let position = -1
  let committable = -1
  let committed = -1
  let logEnd = -1

  return {
    begin(nextOffset: number): HandedChunk {
      const chunk = { nextOffset, isFinished: false }
      handed.push(chunk)
      position = nextOffset
      return chunk
    },
    finish(chunk: HandedChunk): void {
      chunk.isFinished = true
      for (let lowest = handed[0]; lowest?.isFinished === true; lowest = handed[0]) {
        committable = lowest.nextOffset
        handed.shift()
      }
    },
    findUncommitted: (): number | undefined => (committable > committed ? committable : undefined),
    markCommitted(offset: number): void {
      committed = Math.max(committed, offset)
    },
    noteLogEnd(offset: number): void {
      logEnd = offset
    },
    read: () => ({ position, committed, logEnd }),
  }
}

export type PartitionProgress = ReturnType<typeof createPartitionProgress>
