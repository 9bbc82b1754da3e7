// Kafka's wire format is big-endian and has no padding. A reader is a position in one received frame; it never copies:
// what it returns as bytes are views of the frame.

export interface ByteReader {
  readonly bytes: Buffer
  at: number
  elementsLeft: number
}

// A frame of empty names costs two bytes a name on the wire and a hundred once it is read and answered.
const elementsMax = 100_000

export function createByteReader(bytes: Buffer): ByteReader {
  return { bytes, at: 0, elementsLeft: elementsMax }
}

export function readInt8(from: ByteReader): number {
  return from.bytes.readInt8(step(from, 1))
}

export function readInt16(from: ByteReader): number {
  return from.bytes.readInt16BE(step(from, 2))
}

export function readInt32(from: ByteReader): number {
  return from.bytes.readInt32BE(step(from, 4))
}

// Offsets and times fit a double exactly up to 2^53; Kafka's own sentinels (-1, -2) and its Long.MAX_VALUE survive too.
export function readInt64(from: ByteReader): number {
  return int64At(from.bytes, step(from, 8))
}

export function readView(from: ByteReader, length: number): Buffer {
  const start = step(from, length)
  return from.bytes.subarray(start, start + length)
}

/** Refuses, before it costs memory, an array that the frame cannot hold or that would make it hold too many things. */
export function readArrayLength(from: ByteReader): number {
  const length = readInt32(from)
  const bytesLeft = from.bytes.length - from.at
  // No element is shorter than a byte.
  if (length > bytesLeft) throw new Error(`read an array of ${length} in ${bytesLeft} bytes`)
  from.elementsLeft -= Math.max(0, length)
  if (from.elementsLeft < 0)
    throw new Error(`read an array of ${length} in a frame of more than ${elementsMax} elements`)
  return length
}

export function int64At(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4)
}

function step(from: ByteReader, length: number): number {
  const start = from.at
  if (length < 0 || start + length > from.bytes.length)
    throw new Error(`read ${length} bytes at ${start} of a frame of ${from.bytes.length}`)
  from.at = start + length
  return start
}
