import { trace } from '@opentelemetry/api'
import type { Producer } from './producer.ts'
import { type PublishedRecord, type ReceivedRecord, readHeader } from './record.ts'
import { extractTraceContext } from './trace-context.ts'

/** Headers of a dead letter, all text. The original's own headers, key and value stay as they were. */
export const DEAD_LETTER_HEADERS = {
  topic: 'x-original-topic',
  partition: 'x-original-partition',
  offset: 'x-original-offset',
  /** ISO 8601: the original's timestamp, and when it was first refused. */
  time: 'x-original-time',
  firstSeen: 'x-first-seen',
  reason: 'x-reason-code',
  message: 'x-reason-message',
  /** How often it was refused, replays included. */
  attempts: 'x-attempts',
  traceId: 'x-trace-id',
} as const

export interface DeadLetter {
  readonly topic: string
  readonly partition: number
  readonly record: ReceivedRecord
  /** A code such as `malformed`, `too_old`, `id_conflict`. */
  readonly reason: string
  readonly message: string
}

export interface DeadLetters {
  send(deadLetterTopic: string, letter: DeadLetter): Promise<PublishedRecord>
  sendMany(deadLetterTopic: string, letters: readonly DeadLetter[]): Promise<PublishedRecord[]>
}

const MESSAGE_BYTES_MAX = 1_024

export function createDeadLetters(
  producer: Pick<Producer, 'publishMany'>,
  readClock: () => Date = () => new Date(),
): DeadLetters {
  function sendMany(deadLetterTopic: string, letters: readonly DeadLetter[]): Promise<PublishedRecord[]> {
    return producer.publishMany(
      letters.map((letter) => ({
        topic: deadLetterTopic,
        key: letter.record.key,
        value: letter.record.value,
        headers: { ...letter.record.headers, ...describeLetter(letter, readClock()) },
      })),
    )
  }

  return {
    sendMany,
    async send(deadLetterTopic, letter) {
      const [published] = await sendMany(deadLetterTopic, [letter])
      if (published === undefined) throw new Error('send dead letter: answered without a record')
      return published
    },
  }
}

function describeLetter({ topic, partition, record, reason, message }: DeadLetter, now: Date): Record<string, string> {
  const { headers, offset, timestampMs } = record
  const earlierAttempts = Number(readHeader(headers, DEAD_LETTER_HEADERS.attempts) ?? 0)
  const traceId =
    trace.getSpanContext(extractTraceContext(headers))?.traceId ?? trace.getActiveSpan()?.spanContext().traceId
  return {
    [DEAD_LETTER_HEADERS.topic]: topic,
    [DEAD_LETTER_HEADERS.partition]: String(partition),
    [DEAD_LETTER_HEADERS.offset]: String(offset),
    [DEAD_LETTER_HEADERS.time]: formatTime(timestampMs),
    [DEAD_LETTER_HEADERS.firstSeen]: readHeader(headers, DEAD_LETTER_HEADERS.firstSeen) ?? now.toISOString(),
    [DEAD_LETTER_HEADERS.reason]: reason,
    [DEAD_LETTER_HEADERS.message]: cutBytes(message, MESSAGE_BYTES_MAX),
    [DEAD_LETTER_HEADERS.attempts]: String((Number.isSafeInteger(earlierAttempts) ? earlierAttempts : 0) + 1),
    ...(traceId === undefined ? {} : { [DEAD_LETTER_HEADERS.traceId]: traceId }),
  }
}

// A producer may write any timestamp, also one that no Date can hold.
function formatTime(timestampMs: number): string {
  const time = new Date(timestampMs)
  return Number.isNaN(time.getTime()) ? String(timestampMs) : time.toISOString()
}

/** Never ends within a character. */
export function cutBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= bytesMax) return text
  let end = bytesMax
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}
