import type { ConsumedPartition } from './consumer-options.ts'
import { createPartitionProgress, type PartitionProgress } from './partition-progress.ts'

export type CommitOffsets = (offsets: {
  topics: { topic: string; partitions: { partition: number; offset: string }[] }[]
}) => Promise<void>

/**
 * What this member knows between two rebalances. Work that is still in flight when the group rebalances finishes in the generation
 * that it began in, which by then commits nothing: its partitions may be somebody else's, who has read on from the last commit.
 */
export interface Generation {
  readonly assigned: readonly number[]
  readonly partitions: Map<number, PartitionProgress>
  commit: CommitOffsets | undefined
}

export function createGeneration(assigned: readonly number[]): Generation {
  return { assigned, partitions: new Map(), commit: undefined }
}

export function findProgress({ partitions }: Generation, partition: number): PartitionProgress {
  const known = partitions.get(partition)
  if (known !== undefined) return known
  const progress = createPartitionProgress()
  partitions.set(partition, progress)
  return progress
}

export function describePartitions({ partitions }: Generation): ConsumedPartition[] {
  return [...partitions].map(([partition, progress]) => {
    const { position, committed, logEnd } = progress.read()
    return { partition, position, committed, logEnd, lag: committed < 0 ? 0 : Math.max(0, logEnd - committed) }
  })
}
