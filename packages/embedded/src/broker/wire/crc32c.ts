// CRC-32C (Castagnoli), the checksum of Kafka's record batches. Slice-by-8: eight tables let one step of the loop take
// in eight bytes, about five times as fast as one table.

const polynomial = 0x82f63b78
const tables = createTables()

export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const table = tables
  let crc = -1
  let at = start
  for (const last = end - 7; at < last; at += 8) {
    const low =
      crc ^
      ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24))
    crc =
      (table[0x700 + (low & 0xff)] ?? 0) ^
      (table[0x600 + ((low >>> 8) & 0xff)] ?? 0) ^
      (table[0x500 + ((low >>> 16) & 0xff)] ?? 0) ^
      (table[0x400 + (low >>> 24)] ?? 0) ^
      (table[0x300 + (bytes[at + 4] ?? 0)] ?? 0) ^
      (table[0x200 + (bytes[at + 5] ?? 0)] ?? 0) ^
      (table[0x100 + (bytes[at + 6] ?? 0)] ?? 0) ^
      (table[bytes[at + 7] ?? 0] ?? 0)
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0)
  return (crc ^ -1) >>> 0
}

function createTables(): Int32Array {
  const built = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    built[byte] = crc
  }
  for (let slice = 1; slice < 8; slice++)
    for (let byte = 0; byte < 256; byte++) {
      const before = built[(slice - 1) * 256 + byte] ?? 0
      built[slice * 256 + byte] = (before >>> 8) ^ (built[before & 0xff] ?? 0)
    }
  return built
}
