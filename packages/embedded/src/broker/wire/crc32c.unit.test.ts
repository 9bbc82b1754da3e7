import { expect, test } from 'vitest'
import { crc32c } from './crc32c.ts'

test('the checksum is the one that RFC 3720 prints', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43)
  expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, index) => index)))).toBe(0x46dd794e)
})

test('every length and every start give what one bit at a time gives', () => {
  const bytes = Buffer.from(Array.from({ length: 64 }, (_, index) => (index * 151 + 7) & 0xff))
  for (let start = 0; start < 9; start++)
    for (let end = start; end <= bytes.length; end++)
      expect(crc32c(bytes, start, end)).toBe(bitwise(bytes.subarray(start, end)))
})

function bitwise(bytes: Buffer): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return (crc ^ -1) >>> 0
}
