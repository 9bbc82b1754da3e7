import { createByteReader } from '../wire/byte-reader.ts'
import { createByteWriter, finishChunks } from '../wire/byte-writer.ts'
import { crc32c } from '../wire/crc32c.ts'
import { boolean, int32, int64, nullableString, string, struct, type Value } from '../wire/schema.ts'

// An entry of the offset log: length int32, CRC-32C of the body uint32, body. A later entry for the same group, topic and
// partition replaces an earlier one; a removal takes it away.
const offsetEntry = struct({
  groupId: string,
  topic: string,
  partition: int32,
  offset: int64,
  metadata: nullableString,
  committedAtMs: int64,
  isRemoval: boolean,
})

export type OffsetEntry = Value<typeof offsetEntry>

const frameBytes = 8

export function encodeEntries(entries: Iterable<OffsetEntry>): Buffer {
  const framed: Buffer[] = []
  for (const entry of entries) {
    const writer = createByteWriter()
    offsetEntry.write(writer, entry, 0)
    const body = Buffer.concat(finishChunks(writer))
    const frame = Buffer.alloc(frameBytes)
    frame.writeInt32BE(body.length, 0)
    frame.writeUInt32BE(crc32c(body), 4)
    framed.push(frame, body)
  }
  return Buffer.concat(framed)
}

// Reads up to the first entry that is torn or damaged, and says where that is.
export function decodeEntries(bytes: Buffer): { entries: OffsetEntry[]; intactBytes: number } {
  const entries: OffsetEntry[] = []
  let at = 0
  while (at + frameBytes <= bytes.length) {
    const length = bytes.readInt32BE(at)
    const end = at + frameBytes + length
    if (length <= 0 || end > bytes.length) break
    const body = bytes.subarray(at + frameBytes, end)
    if (bytes.readUInt32BE(at + 4) !== crc32c(body)) break
    entries.push(offsetEntry.read(createByteReader(body), 0))
    at = end
  }
  return { entries, intactBytes: at }
}
