import { createByteReader } from '../wire/byte-reader.ts'
import { array, int16, string, struct } from '../wire/schema.ts'
import type { Group } from './group.ts'

// What consumers put into their join metadata, as far as every version of it goes.
const subscription = struct({ version: int16, topics: array(string) })

export function subscribedTopics(group: Group): Set<string> {
  const topics = new Set<string>()
  for (const { wish } of group.members())
    for (const { metadata } of wish.protocols) for (const topic of readTopics(metadata)) topics.add(topic)
  return topics
}

// Members may put in anything; one that is no consumer subscribes to nothing.
function readTopics(metadata: Buffer): string[] {
  try {
    return subscription.read(createByteReader(metadata), 0).topics
  } catch {
    return []
  }
}
