import { gunzipSync, zstdDecompressSync } from 'node:zlib'

// A small batch can claim to be huge; nothing that a client may reasonably send expands beyond this.
const expandedBytesMax = 64 * 1024 * 1024
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const xerialHeaderBytes = 16

export async function decompress(codec: number, bytes: Buffer): Promise<Uint8Array> {
  switch (codec) {
    case 0:
      return bytes
    case 1:
      return gunzipSync(bytes, { maxOutputLength: expandedBytesMax })
    case 2:
      return await decompressSnappy(bytes)
    case 3:
      return await decompressLz4(bytes)
    case 4:
      return zstdDecompressSync(bytes, { maxOutputLength: expandedBytesMax })
    default:
      throw new Error(`decompress with unknown codec ${codec}`)
  }
}

// Loaded on first use: lz4js allocates 5 MiB of tables when it is imported.
async function decompressLz4(bytes: Buffer): Promise<Uint8Array> {
  const { decompress: decompressFrame, decompressBound } = await import('lz4js')
  if (decompressBound(bytes) > expandedBytesMax) throw new Error('decompress an lz4 frame that is too large')
  return decompressFrame(bytes)
}

// Java clients wrap snappy in xerial's frames, a header and then length-prefixed blocks; others send one bare block.
async function decompressSnappy(bytes: Buffer): Promise<Uint8Array> {
  const { uncompress } = await import('snappyjs')
  if (!bytes.subarray(0, xerialMagic.length).equals(xerialMagic)) return uncompress(bytes, expandedBytesMax)
  const blocks: Uint8Array[] = []
  let left = expandedBytesMax
  for (let at = xerialHeaderBytes; at < bytes.length; ) {
    const length = bytes.readInt32BE(at)
    const block = uncompress(bytes.subarray(at + 4, at + 4 + length), left)
    blocks.push(block)
    left -= block.length
    at += 4 + length
  }
  return Buffer.concat(blocks)
}
