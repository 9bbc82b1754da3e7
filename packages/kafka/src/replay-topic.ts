import { createClient } from './client.ts'
import type { KafkaAccess } from './connection.ts'
import type { Producer } from './producer.ts'
import { type ReadRecord, readSpans, type Span } from './read-spans.ts'

export interface ReplayOptions {
  readonly access: KafkaAccess
  readonly producer: Pick<Producer, 'publishMany'>
  readonly topic: string
  readonly from: Date
  /** What answers false is left where it is. */
  readonly mayReplay: (record: ReadRecord) => boolean
  readonly onProgress: (seen: number, total: number) => void
}

export interface Replayed {
  readonly replayed: number
  readonly left: number
}

const READ_TOGETHER = 2_000
const RETRY = { initialRetryTime: 200, multiplier: 2, factor: 0.2, maxRetryTime: 2_000, retries: 4 }

/**
 * Publishes again what came since then, as it was, up to where the topic ended when it began: who consumes it must make a
 * repeat harmless.
 */
export async function replayTopic(options: ReplayOptions): Promise<Replayed> {
  const { access, producer, topic, mayReplay, onProgress } = options
  const spans = await findSpans(access, topic, options.from)
  const total = spans.reduce((sum, { from, to }) => sum + to - from, 0)
  let replayed = 0
  let left = 0
  for (const span of spans.flatMap(cutSpan)) {
    const records = await readSpans(access, topic, [span])
    const again = records.filter(mayReplay)
    const toOutgoing = ({ key, value, headers, timestampMs }: ReadRecord) => ({
      topic,
      key,
      value,
      headers,
      timestampMs,
    })
    if (again.length > 0) await producer.publishMany(again.map(toOutgoing))
    replayed += again.length
    left += records.length - again.length
    onProgress(replayed + left, total)
  }
  return { replayed, left }
}

function cutSpan({ partition, from, to }: Span): Span[] {
  return Array.from({ length: Math.ceil((to - from) / READ_TOGETHER) }, (_, index) => {
    const start = from + index * READ_TOGETHER
    return { partition, from: start, to: Math.min(to, start + READ_TOGETHER) }
  })
}

async function findSpans(access: KafkaAccess, topic: string, from: Date): Promise<Span[]> {
  const admin = createClient(access, { retry: RETRY }).admin()
  try {
    await admin.connect()
    const starts = await admin.fetchTopicOffsetsByTimestamp(topic, from.getTime())
    const ends = await admin.fetchTopicOffsets(topic)
    return ends.map(({ partition, high, low }): Span => {
      const start = Number(starts.find((of) => of.partition === partition)?.offset ?? high)
      return { partition, from: Math.max(Number(low), start), to: Number(high) }
    })
  } catch (cause) {
    throw new Error(`look for the records of ${topic} since ${from.toISOString()}`, { cause })
  } finally {
    await admin.disconnect()
  }
}
