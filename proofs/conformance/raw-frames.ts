import { connect } from 'node:net'
import { within } from './expect.ts'

// Requests as bytes, for what no well-behaved client would send. Only what the lines need.

export interface RawConnection {
  // The answer's body, after the correlation id.
  ask(key: number, version: number, body: Buffer): Promise<Buffer>
  send(bytes: Buffer): void
  closed(): Promise<void>
  close(): void
}

export async function connectRaw(address: string): Promise<RawConnection> {
  const [host = '', port] = address.split(':')
  const socket = connect({ host, port: Number(port) })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const waiting: ((answer: Buffer) => void)[] = []
  let received: Buffer = Buffer.alloc(0)
  let correlation = 0
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
      const end = 4 + received.readInt32BE(0)
      waiting.shift()?.(received.subarray(8, end))
      received = received.subarray(end)
    }
  })
  await within(5_000, 'connecting', new Promise<void>((resolve) => socket.once('connect', () => resolve())))
  return {
    ask(key, version, body) {
      const header = Buffer.concat([int16(key), int16(version), int32(++correlation), string('raw')])
      const answer = new Promise<Buffer>((resolve) => waiting.push(resolve))
      socket.write(Buffer.concat([int32(header.length + body.length), header, body]))
      return within(10_000, `the answer of API ${key}`, answer)
    },
    send: (bytes) => void socket.write(bytes),
    closed: () => within(20_000, 'closing', closed),
    close: () => void socket.destroy(),
  }
}

export function int8(value: number): Buffer {
  return Buffer.from([value & 0xff])
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

export function string(text: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)])
}

export function list(items: Buffer[]): Buffer {
  return Buffer.concat([int32(items.length), ...items])
}

export interface BatchOptions {
  readonly values: string[]
  readonly producerId?: number
  readonly epoch?: number
  readonly sequence?: number
}

export function recordBatch({ values, producerId = -1, epoch = -1, sequence = -1 }: BatchOptions): Buffer {
  const now = Date.now()
  const records = values.map((value, index) => {
    const bytes = Buffer.from(value)
    const body = Buffer.concat([int8(0), varint(0), varint(index), varint(-1), varint(bytes.length), bytes, varint(0)])
    return Buffer.concat([varint(body.length), body])
  })
  const checked = Buffer.concat([
    int16(0),
    int32(values.length - 1),
    int64(now),
    int64(now),
    int64(producerId),
    int16(epoch),
    int32(sequence),
    list(records),
  ])
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE(crc32c(checked))
  return Buffer.concat([int64(0), int32(checked.length + 9), int32(-1), int8(2), crc, checked])
}

// Key 0, version 7.
export function produceBody(topic: string, records: Buffer, acks = -1): Buffer {
  const partition = Buffer.concat([int32(0), int32(records.length), records])
  return Buffer.concat([
    int16(-1),
    int16(acks),
    int32(5_000),
    list([Buffer.concat([string(topic), list([partition])])]),
  ])
}

export function readProduced(answer: Buffer): { errorCode: number; baseOffset: number } {
  const start = 4 + 2 + answer.readInt16BE(4) + 4 + 4
  return { errorCode: answer.readInt16BE(start), baseOffset: Number(answer.readBigInt64BE(start + 2)) }
}

export interface FetchOptions {
  readonly offset: number
  readonly maxWaitMs?: number
  readonly maxBytes?: number
  readonly minBytes?: number
}

// Key 1, version 4.
export function fetchBody(
  topic: string,
  { offset, maxWaitMs = 0, maxBytes = 1 << 20, minBytes = 1 }: FetchOptions,
): Buffer {
  const partition = Buffer.concat([int32(0), int64(offset), int32(maxBytes)])
  const topics = list([Buffer.concat([string(topic), list([partition])])])
  return Buffer.concat([int32(-1), int32(maxWaitMs), int32(minBytes), int32(maxBytes), int8(0), topics])
}

export function readFetched(answer: Buffer): { errorCode: number; highWatermark: number; records: Buffer } {
  const start = 4 + 4 + 2 + answer.readInt16BE(8) + 4 + 4
  const aborted = Math.max(0, answer.readInt32BE(start + 18))
  const records = start + 22 + aborted * 16
  return {
    errorCode: answer.readInt16BE(start),
    highWatermark: Number(answer.readBigInt64BE(start + 2)),
    records: answer.subarray(records + 4, records + 4 + Math.max(0, answer.readInt32BE(records))),
  }
}

// Key 8, version 2: as a consumer that is in no group's generation.
export function commitBody(groupId: string, topic: string, offset: number): Buffer {
  const partition = Buffer.concat([int32(0), int64(offset), int16(-1)])
  const topics = list([Buffer.concat([string(topic), list([partition])])])
  return Buffer.concat([string(groupId), int32(-1), string(''), int64(-1), topics])
}

export function readCommitted(answer: Buffer): number {
  return answer.readInt16BE(answer.length - 2)
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = (value << 1) ^ (value >> 31)
  for (; left > 127; left >>>= 7) bytes.push((left & 127) | 128)
  return Buffer.from([...bytes, left])
}

function crc32c(bytes: Buffer): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return (crc ^ -1) >>> 0
}
