import type { Producer } from './producer.ts'
import type { PublishedRecord, ReceivedRecord } from './record.ts'

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

export function createDeadLetters(
  _producer: Pick<Producer, 'publishMany'>,
  _readClock: () => Date = () => new Date(),
): DeadLetters {
  throw new Error('not built yet')
}
