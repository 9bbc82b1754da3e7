import type { IHeaders, KafkaMessage } from 'kafkajs'
import { readOffset } from './offsets.ts'
import type { ReceivedHeaders, ReceivedRecord } from './record.ts'

const NO_HEADERS: ReceivedHeaders = Object.freeze({})

export function readRecord({ offset, key, value, headers, timestamp }: KafkaMessage): ReceivedRecord {
  return { offset: readOffset(offset), key, value, headers: readHeaders(headers), timestampMs: Number(timestamp) }
}

function readHeaders(headers: IHeaders | undefined): ReceivedHeaders {
  if (headers === undefined) return NO_HEADERS
  const names = Object.keys(headers)
  if (names.length === 0) return NO_HEADERS
  // fromEntries defines own properties, so a header called __proto__ is only a header.
  return Object.fromEntries(names.map((name) => [name, readValue(headers[name])]))
}

function readValue(value: IHeaders[string] | null): Buffer | Buffer[] | null {
  if (value === undefined || value === null) return null
  return Array.isArray(value) ? value.map(bytesOf) : bytesOf(value)
}

function bytesOf(value: Buffer | string): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : value
}
