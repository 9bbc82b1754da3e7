import type { PublishError } from './publish-error.ts'
import type { OutgoingRecord, PublishedRecord } from './record.ts'

/** One call of `publish` or `publishMany`: answered when its last record is. */
export interface Publication {
  readonly acknowledge: (index: number, published: PublishedRecord) => void
  readonly fail: (error: PublishError) => void
}

export interface QueuedRecord {
  readonly record: OutgoingRecord
  readonly bytes: number
  readonly publication: Publication
  readonly index: number
  readonly queuedAtMs: number
}

// What a record costs beside its own bytes: lengths, timestamp, CRC share.
const OVERHEAD_BYTES = 40

export function createPublishQueue() {
  let records: QueuedRecord[] = []
  let head = 0
  let bytes = 0

  function shift(): QueuedRecord | undefined {
    const first = records[head]
    if (first === undefined) return undefined
    head += 1
    bytes -= first.bytes
    if (head === records.length) {
      records = []
      head = 0
    } else if (head > 4_096 && head * 2 > records.length) {
      records = records.slice(head)
      head = 0
    }
    return first
  }

  return {
    add(queued: QueuedRecord): void {
      records.push(queued)
      bytes += queued.bytes
    },
    peek: (): QueuedRecord | undefined => records[head],
    shift,
    /** At least one record, however large: the broker is the one to refuse it. */
    takeBatch(recordsMax: number, bytesMax: number): QueuedRecord[] {
      const batch: QueuedRecord[] = []
      let batchBytes = 0
      for (let next = records[head]; next !== undefined && batch.length < recordsMax; next = records[head]) {
        batchBytes += next.bytes
        if (batch.length > 0 && batchBytes > bytesMax) break
        batch.push(next)
        shift()
      }
      return batch
    },
    countRecords: (): number => records.length - head,
    countBytes: (): number => bytes,
  }
}

export function measureRecord({ key, value, headers }: OutgoingRecord): number {
  let bytes = OVERHEAD_BYTES + bytesOf(key) + bytesOf(value)
  if (headers === undefined) return bytes
  for (const name of Object.keys(headers)) {
    const header = headers[name]
    const values = Array.isArray(header) ? header : [header]
    for (const each of values) bytes += 4 + Buffer.byteLength(name) + bytesOf(each)
  }
  return bytes
}

function bytesOf(value: Buffer | string | null | undefined): number {
  if (value === null || value === undefined) return 0
  return typeof value === 'string' ? Buffer.byteLength(value) : value.length
}

export function createPublication(
  count: number,
  resolve: (published: PublishedRecord[]) => void,
  reject: (error: PublishError) => void,
): Publication {
  const answers = new Array<PublishedRecord>(count)
  let missing = count
  return {
    acknowledge(index, published) {
      answers[index] = published
      missing -= 1
      if (missing === 0) resolve(answers)
    },
    fail: reject,
  }
}
