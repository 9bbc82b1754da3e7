import type { Generation } from './generation.ts'
import { countLag } from './offsets.ts'
import type { Topics } from './topics.ts'

/** Records of this member's partitions that it has not even looked at. */
export async function countUnseen(
  topics: Pick<Topics, 'readOffsets'>,
  groupId: string,
  topic: string,
  { assigned, partitions }: Generation,
): Promise<number> {
  let unseen = 0
  for (const offsets of await topics.readOffsets(groupId, topic)) {
    if (!assigned.includes(offsets.partition)) continue
    const position = partitions.get(offsets.partition)?.read().position ?? -1
    unseen += countLag({ ...offsets, committed: Math.max(offsets.committed ?? offsets.logStart, position) })
  }
  return unseen
}
