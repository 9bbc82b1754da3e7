import type { DeadLetterLine } from '@carillon/contracts'
import type { DeadLetterDesk, DeadLetterPlace } from '@carillon/http-api'
import type { KafkaAccess } from './connection.ts'
import { DEAD_LETTER_HEADERS } from './dead-letters.ts'
import type { Producer } from './producer.ts'
import { type ReadRecord, readSpans, type Span } from './read-spans.ts'
import { type OutgoingRecord, readHeader } from './record.ts'
import type { PartitionOffsets, Topics } from './topics.ts'

export interface DeadLetterDeskOptions {
  readonly access: KafkaAccess
  readonly topics: Pick<Topics, 'readOffsets'>
  readonly producer: Pick<Producer, 'publishMany'>
  readonly tenantHeader: string
  readonly defaultTenant: string
}

// Other tenants' letters may lie between; so many are looked at for one page.
const LOOK_AT_MAX = 5_000
const LOOK_AT_FIRST = 200
const TEXT_LENGTH_MAX = 4_096
const NOBODY = 'carillon-desk'

/** What people see of the dead letters, and how they put them back. Each tenant has its own. */
export function createDeadLetterDesk(options: DeadLetterDeskOptions): DeadLetterDesk {
  const { access, topics, producer } = options
  const tenantOf = (record: ReadRecord) => readHeader(record.headers, options.tenantHeader) ?? options.defaultTenant

  return {
    async listDeadLetters({ tenantId, topic, before, limit }) {
      const ends = await topics.readOffsets(NOBODY, topic)
      const bounds = readBounds(ends, before)
      for (let lookAt = Math.max(LOOK_AT_FIRST, limit); ; lookAt = Math.min(LOOK_AT_MAX, lookAt * 5)) {
        const spans = spansBefore(ends, bounds, lookAt)
        const records = await readSpans(access, topic, spans)
        const mine = records.filter((record) => tenantOf(record) === tenantId).sort(newestFirst)
        const isAll = spans.every(({ partition, from }) => from <= startOf(ends, partition))
        if (mine.length < limit && !isAll && lookAt < LOOK_AT_MAX) continue
        const page = mine.slice(0, limit)
        const deadLetters = page.map((record) => show(topic, tenantOf(record), record))
        return { deadLetters, before: nextBounds(ends, bounds, spans, page, mine.length > limit) }
      }
    },

    async replayDeadLetters(tenantId, topic, letters) {
      const spans = [...Map.groupBy(letters, ({ partition }) => partition)].map(([partition, of]): Span => {
        const offsets = of.map(({ offset }) => Number(offset))
        return { partition, from: Math.min(...offsets), to: Math.max(...offsets) + 1 }
      })
      const ends = await topics.readOffsets(NOBODY, topic)
      const records = await readSpans(
        access,
        topic,
        spans.map((span) => clip(span, ends)),
      )
      const found = new Map(
        records
          .filter((record) => tenantOf(record) === tenantId && originOf(record) !== undefined)
          .map((record) => [`${record.partition}:${record.offset}`, record]),
      )
      const nameOf = ({ partition, offset }: DeadLetterPlace) => `${partition}:${Number(offset)}`
      const wanted = new Set(letters.map(nameOf))
      const again = [...found].filter(([name]) => wanted.has(name)).map(([, record]) => toOriginal(record))
      if (again.length > 0) await producer.publishMany(again)
      return letters.map((letter) => ({ ...letter, answer: found.has(nameOf(letter)) ? 'replayed' : 'not_found' }))
    },
  }
}

/** By partition: everything from here on was shown before. */
type Bounds = ReadonlyMap<number, number>

function readBounds(ends: readonly PartitionOffsets[], before: string | undefined): Bounds {
  const given = new Map((before ?? '').split(',').map((pair) => pair.split(':').map(Number) as [number, number]))
  return new Map(ends.map(({ partition, logEnd }) => [partition, Math.min(logEnd, given.get(partition) ?? logEnd)]))
}

function spansBefore(ends: readonly PartitionOffsets[], bounds: Bounds, lookAt: number): Span[] {
  return ends.map(({ partition, logStart }) => {
    const to = bounds.get(partition) ?? logStart
    return { partition, from: Math.max(logStart, to - lookAt), to }
  })
}

function nextBounds(
  ends: readonly PartitionOffsets[],
  bounds: Bounds,
  spans: readonly Span[],
  page: readonly ReadRecord[],
  isCut: boolean,
): string | null {
  const next = spans.map(({ partition, from }) => {
    const shown = page.filter((record) => record.partition === partition).map(({ offset }) => offset)
    return [partition, isCut ? Math.min(bounds.get(partition) ?? from, ...shown) : from] as const
  })
  if (next.every(([partition, bound]) => bound <= startOf(ends, partition))) return null
  return next.map((pair) => pair.join(':')).join(',')
}

function startOf(ends: readonly PartitionOffsets[], partition: number): number {
  return ends.find((of) => of.partition === partition)?.logStart ?? 0
}

function clip({ partition, from, to }: Span, ends: readonly PartitionOffsets[]): Span {
  const of = ends.find((one) => one.partition === partition)
  return { partition, from: Math.max(from, of?.logStart ?? 0), to: Math.min(to, of?.logEnd ?? 0) }
}

function newestFirst(one: ReadRecord, other: ReadRecord): number {
  return other.timestampMs - one.timestampMs || other.offset - one.offset
}

function show(topic: string, tenantId: string, record: ReadRecord): DeadLetterLine {
  const { headers, partition, offset, key, value } = record
  const header = (name: keyof typeof DEAD_LETTER_HEADERS) => readHeader(headers, DEAD_LETTER_HEADERS[name]) ?? null
  const originalPartition = Number(header('partition') ?? Number.NaN)
  const attempts = Number(header('attempts') ?? 1)
  return {
    ...{ topic, partition, offset: String(offset), tenantId, key: showBytes(key), value: showBytes(value) },
    reason: header('reason'),
    message: header('message'),
    originalTopic: header('topic'),
    originalPartition: Number.isSafeInteger(originalPartition) ? originalPartition : null,
    originalOffset: header('offset'),
    firstSeen: header('firstSeen'),
    attempts: Number.isSafeInteger(attempts) ? attempts : 1,
    traceId: header('traceId'),
  }
}

function showBytes(bytes: Buffer | null): string | null {
  if (bytes === null) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).slice(0, TEXT_LENGTH_MAX)
  } catch {
    return null
  }
}

/** Only where the fleet reads: a header is written by whoever writes the record. */
function originOf({ headers }: ReadRecord): string | undefined {
  const topic = readHeader(headers, DEAD_LETTER_HEADERS.topic)
  return topic?.startsWith('notification.') && !topic.endsWith('.dlq') ? topic : undefined
}

/** As it was, but for how often it was refused and since when, which the next refusal counts on. */
function toOriginal(record: ReadRecord): OutgoingRecord {
  const { attempts, firstSeen, ...dropped } = DEAD_LETTER_HEADERS
  const names = new Set<string>(Object.values(dropped))
  const headers = Object.fromEntries(Object.entries(record.headers).filter(([name]) => !names.has(name)))
  return { topic: originOf(record) ?? '', key: record.key, value: record.value, headers }
}
