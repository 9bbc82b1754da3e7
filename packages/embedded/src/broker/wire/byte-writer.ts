// Writes one answer as a list of chunks: small fields share a page that grows, and large byte fields (fetched batches)
// are put between the pages as they are, so that a megabyte read from disk reaches the socket without a copy.

const copyBelowBytes = 4096

export interface ByteWriter {
  page: Buffer
  at: number
  readonly chunks: Buffer[]
  // Those of the chunks that nobody needs once they are sent.
  readonly givenAway: Buffer[]
  chunkBytes: number
}

export function createByteWriter(pageBytes = 256): ByteWriter {
  return { page: Buffer.allocUnsafe(pageBytes), at: 0, chunks: [], givenAway: [], chunkBytes: 0 }
}

export function writeInt8(to: ByteWriter, value: number): void {
  const at = reserve(to, 1)
  to.page.writeInt8(value, at)
}

export function writeInt16(to: ByteWriter, value: number): void {
  const at = reserve(to, 2)
  to.page.writeInt16BE(value, at)
}

export function writeInt32(to: ByteWriter, value: number): void {
  const at = reserve(to, 4)
  to.page.writeInt32BE(value, at)
}

export function writeInt64(to: ByteWriter, value: number): void {
  const at = reserve(to, 8)
  putInt64(to.page, value, at)
}

export function writeUtf8(to: ByteWriter, text: string, length: number): void {
  const at = reserve(to, length)
  to.page.write(text, at, length, 'utf8')
}

export function writeBytes(to: ByteWriter, bytes: Buffer): void {
  if (bytes.length < copyBelowBytes) {
    const at = reserve(to, bytes.length)
    bytes.copy(to.page, at)
    return
  }
  closePage(to)
  to.chunks.push(bytes)
  to.chunkBytes += bytes.length
}

export function finishChunks(to: ByteWriter): Buffer[] {
  closePage(to)
  return to.chunks
}

export function putInt64(into: Buffer, value: number, at: number): void {
  // 2^63 is where Long.MAX_VALUE lands when it is read as a double; one more bit would turn it negative.
  if (value >= 2 ** 63) {
    into.writeInt32BE(0x7fff_ffff, at)
    into.writeUInt32BE(0xffff_ffff, at + 4)
    return
  }
  const high = Math.floor(value / 0x1_0000_0000)
  into.writeInt32BE(high, at)
  into.writeUInt32BE(value - high * 0x1_0000_0000, at + 4)
}

function closePage(to: ByteWriter): void {
  if (to.at === 0) return
  to.chunks.push(to.page.subarray(0, to.at))
  to.chunkBytes += to.at
  to.page = to.page.subarray(to.at)
  to.at = 0
}

function reserve(to: ByteWriter, length: number): number {
  const at = to.at
  if (at + length > to.page.length) {
    const larger = Buffer.allocUnsafe(Math.max(256, to.page.length * 2, at + length))
    to.page.copy(larger, 0, 0, at)
    to.page = larger
  }
  to.at = at + length
  return at
}
