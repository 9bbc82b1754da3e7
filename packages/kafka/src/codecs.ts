import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { CompressionCodecs, CompressionTypes } from 'kafkajs'
import * as lz4 from 'lz4js'
import * as snappy from 'snappyjs'

// A record of a few bytes must not unpack into all the memory of the process.
const UNPACKED_BYTES_MAX = 128 * 1024 * 1024

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const XERIAL_HEADER_BYTES = 16

let areRegistered = false

/** kafkajs brings gzip only; a codec that it does not know throws inside its fetch, and would do so for ever. */
export function registerCodecs(): void {
  if (areRegistered) return
  areRegistered = true
  CompressionCodecs[CompressionTypes.Snappy] = () => codecOf(snappy.compress, unpackSnappy)
  CompressionCodecs[CompressionTypes.LZ4] = () => codecOf(lz4.compress, unpackLz4)
  CompressionCodecs[CompressionTypes.ZSTD] = () => codecOf(zstdCompressSync, unpackZstd)
}

function codecOf(pack: (bytes: Buffer) => Uint8Array, unpack: (bytes: Buffer) => Buffer) {
  return {
    compress: async (encoder: { buffer: Buffer }) => viewOf(pack(encoder.buffer)),
    decompress: async (bytes: Buffer) => unpack(bytes),
  }
}

/** Java frames Snappy in blocks (the "xerial" form), librdkafka sends one bare block. */
function unpackSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return snappyBlock(bytes)
  const blocks: Buffer[] = []
  let unpackedBytes = 0
  let at = XERIAL_HEADER_BYTES
  while (at < bytes.length) {
    const start = at + 4
    const end = start + bytes.readInt32BE(at)
    if (end <= start || end > bytes.length) throw new Error('snappy block runs past its frame')
    const block = snappyBlock(bytes.subarray(start, end))
    unpackedBytes += block.length
    if (unpackedBytes > UNPACKED_BYTES_MAX) throw new Error('snappy frame unpacks to too much')
    blocks.push(block)
    at = end
  }
  return Buffer.concat(blocks)
}

function snappyBlock(bytes: Buffer): Buffer {
  return viewOf(snappy.uncompress(bytes, UNPACKED_BYTES_MAX))
}

function unpackLz4(bytes: Buffer): Buffer {
  if (lz4.decompressBound(bytes) > UNPACKED_BYTES_MAX) throw new Error('lz4 frame unpacks to too much')
  return viewOf(lz4.decompress(bytes))
}

function unpackZstd(bytes: Buffer): Buffer {
  return zstdDecompressSync(bytes, { maxOutputLength: UNPACKED_BYTES_MAX })
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
