import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createByteReader } from './byte-reader.ts'
import { createByteWriter, finishChunks } from './byte-writer.ts'
import {
  array,
  between,
  boolean,
  bytes,
  int8,
  int16,
  int32,
  int64,
  nullableArray,
  nullableBytes,
  nullableString,
  since,
  string,
  struct,
  type Type,
} from './schema.ts'

function encode<T>(type: Type<T>, value: T, version = 0): Buffer {
  const writer = createByteWriter()
  type.write(writer, value, version)
  return Buffer.concat(finishChunks(writer))
}

function decode<T>(type: Type<T>, from: Buffer, version = 0): T {
  return type.read(createByteReader(from), version)
}

const everything = struct({
  tiny: int8,
  small: int16,
  medium: int32,
  large: int64,
  flag: boolean,
  name: string,
  maybeName: nullableString,
  blob: bytes,
  maybeBlob: nullableBytes,
  items: array(struct({ name: string, sizes: array(int32) })),
  maybeItems: nullableArray(int16),
})

const buffer = fc.uint8Array({ maxLength: 20_000 }).map((content) => Buffer.from(content))

test('whatever is written is read back', () => {
  const values = fc.record({
    tiny: fc.integer({ min: -128, max: 127 }),
    small: fc.integer({ min: -32_768, max: 32_767 }),
    medium: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    large: fc.maxSafeInteger(),
    flag: fc.boolean(),
    name: fc.string({ unit: 'grapheme' }),
    maybeName: fc.option(fc.string()),
    blob: buffer,
    maybeBlob: fc.option(buffer),
    items: fc.array(fc.record({ name: fc.string(), sizes: fc.array(fc.nat()) })),
    maybeItems: fc.option(fc.array(fc.integer({ min: -5, max: 5 }))),
  })
  fc.assert(
    fc.property(values, (value) => {
      expect(decode(everything, encode(everything, value))).toEqual(value)
    }),
  )
})

test('random bytes are read or refused, and never hang or take more memory than they are', () => {
  fc.assert(
    fc.property(buffer, (content) => {
      try {
        decode(everything, content)
      } catch (error) {
        expect(String(error)).toMatch(/read /)
      }
    }),
  )
})

test('a field exists only in its versions', () => {
  const type = struct({ always: int8, late: since(3, int8, 33), once: between(1, 2, int8, 12) })
  const value = { always: 1, late: 2, once: 3 }
  expect(encode(type, value, 0)).toEqual(Buffer.from([1]))
  expect(encode(type, value, 2)).toEqual(Buffer.from([1, 3]))
  expect(encode(type, value, 3)).toEqual(Buffer.from([1, 2]))
  expect(decode(type, Buffer.from([9]), 0)).toEqual({ always: 9, late: 33, once: 12 })
})

test('an array that announces more than the frame holds is refused before it is built', () => {
  const content = Buffer.alloc(8)
  content.writeInt32BE(2 ** 31 - 1)
  expect(() => decode(array(int8), content)).toThrow('read an array of 2147483647 in 4 bytes')
})

test('a frame of nothing but empty names is refused before they are built, also when they are spread over arrays', () => {
  const names = Buffer.alloc(4 + 2 * 100_001)
  names.writeInt32BE(100_001)
  expect(() => decode(array(string), names)).toThrow('more than 100000 elements')
  names.writeInt32BE(100_000)
  expect(decode(array(string), names)).toHaveLength(100_000)
  const spread = Buffer.alloc(4 + 3 * 40_004, 0)
  spread.writeInt32BE(3)
  for (const index of [0, 1, 2]) spread.writeInt32BE(40_000, 4 + index * 40_004)
  expect(() => decode(array(array(int8)), spread)).toThrow('more than 100000 elements')
})

test('null is refused where the protocol allows none', () => {
  expect(() => decode(string, Buffer.from([0xff, 0xff]))).toThrow('null string')
})

test('the largest and smallest 64-bit numbers keep their meaning', () => {
  const max = Buffer.from('7fffffffffffffff', 'hex')
  expect(encode(int64, decode(int64, max))).toEqual(max)
  expect(decode(int64, Buffer.from('ffffffffffffffff', 'hex'))).toBe(-1)
  expect(decode(int64, Buffer.from('fffffffffffffffe', 'hex'))).toBe(-2)
})

test('large bytes are passed on without a copy', () => {
  const large = Buffer.alloc(100_000, 1)
  const writer = createByteWriter()
  bytes.write(writer, large, 0)
  int8.write(writer, 7, 0)
  const chunks = finishChunks(writer)
  expect(chunks).toHaveLength(3)
  expect(chunks[1]).toBe(large)
})
