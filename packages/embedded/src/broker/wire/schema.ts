// Kafka describes every request and answer as a list of fields, and says for each field in which versions it exists.
// A schema here is that list; reading and writing follow from it, so supporting a new version means adding a field.
//
//   const heartbeatRequest = struct({
//     groupId: string,
//     generationId: int32,
//     memberId: string,
//     groupInstanceId: since(3, nullableString, null),   // absent before version 3: null
//   })
//
// Lengths are the fixed-size ones (int16 before a string, int32 before bytes and arrays). The "flexible" encodings of
// newer versions change only `string`, `bytes`, `array` and `struct` below; no schema would change.

import { type ByteReader, readArrayLength, readInt8, readInt16, readInt32, readInt64, readView } from './byte-reader.ts'
import { type ByteWriter, writeBytes, writeInt8, writeInt16, writeInt32, writeInt64, writeUtf8 } from './byte-writer.ts'

export interface Type<T> {
  read(from: ByteReader, version: number): T
  write(to: ByteWriter, value: T, version: number): void
}

export type Value<S> = S extends Type<infer T> ? T : never

export const int8: Type<number> = { read: readInt8, write: writeInt8 }
export const int16: Type<number> = { read: readInt16, write: writeInt16 }
export const int32: Type<number> = { read: readInt32, write: writeInt32 }
export const int64: Type<number> = { read: readInt64, write: writeInt64 }

export const boolean: Type<boolean> = {
  read: (from) => readInt8(from) !== 0,
  write: (to, value) => writeInt8(to, value ? 1 : 0),
}

export const nullableString: Type<string | null> = {
  read(from) {
    const length = readInt16(from)
    return length < 0 ? null : readView(from, length).toString('utf8')
  },
  write(to, value) {
    if (value === null) return writeInt16(to, -1)
    const length = Buffer.byteLength(value, 'utf8')
    writeInt16(to, length)
    writeUtf8(to, value, length)
  },
}

export const nullableBytes: Type<Buffer | null> = {
  read(from) {
    const length = readInt32(from)
    return length < 0 ? null : readView(from, length)
  },
  write(to, value) {
    writeInt32(to, value === null ? -1 : value.length)
    if (value !== null) writeBytes(to, value)
  },
}

// Bytes that were read for this answer alone.
export const nullableGivenBytes: Type<Buffer | null> = {
  read: nullableBytes.read,
  write(to, value, version) {
    nullableBytes.write(to, value, version)
    if (value !== null) to.givenAway.push(value)
  },
}

export const string = notNull(nullableString, 'string')
export const bytes = notNull(nullableBytes, 'bytes')

export function nullableArray<T>(element: Type<T>): Type<T[] | null> {
  return {
    read(from, version) {
      const length = readArrayLength(from)
      if (length < 0) return null
      const values: T[] = []
      for (let index = 0; index < length; index++) values.push(element.read(from, version))
      return values
    },
    write(to, value, version) {
      writeInt32(to, value === null ? -1 : value.length)
      if (value !== null) for (const item of value) element.write(to, item, version)
    },
  }
}

export function array<T>(element: Type<T>): Type<T[]> {
  return notNull(nullableArray(element), 'array')
}

export function since<T>(first: number, type: Type<T>, absent: T): Type<T> {
  return between(first, Number.POSITIVE_INFINITY, type, absent)
}

export function between<T>(first: number, last: number, type: Type<T>, absent: T): Type<T> {
  return {
    read: (from, version) => (version >= first && version <= last ? type.read(from, version) : absent),
    write(to, value, version) {
      if (version >= first && version <= last) type.write(to, value, version)
    },
  }
}

type Fields = Record<string, Type<unknown>>

export function struct<F extends Fields>(fields: F): Type<{ [K in keyof F]: Value<F[K]> }> {
  type Struct = { [K in keyof F]: Value<F[K]> }
  const names: (keyof F)[] = Object.keys(fields)
  return {
    read(from, version) {
      const value: Partial<Struct> = {}
      for (const name of names) value[name] = fields[name]?.read(from, version) as Value<F[keyof F]>
      return value as Struct
    },
    write(to, value, version) {
      for (const name of names) fields[name]?.write(to, value[name], version)
    },
  }
}

function notNull<T>(type: Type<T | null>, what: string): Type<T> {
  return {
    read(from, version) {
      const value = type.read(from, version)
      if (value === null) throw new Error(`read a null ${what} where the protocol allows none`)
      return value
    },
    write: (to, value, version) => type.write(to, value, version),
  }
}
