export type HeaderValue = Buffer | string

export type OutgoingHeaders = Readonly<Record<string, HeaderValue | HeaderValue[] | null | undefined>>

export interface OutgoingRecord {
  readonly topic: string
  readonly key?: Buffer | string | null
  readonly value: Buffer | string | null
  readonly headers?: OutgoingHeaders
  /** Without it the key decides (murmur2, as Java's client does); without a key, round robin. */
  readonly partition?: number
  /** Without it: the time at which the record is sent. */
  readonly timestampMs?: number
}

export interface PublishedRecord {
  readonly partition: number
  readonly offset: number
}

/** A header that was sent several times arrives as an array. */
export type ReceivedHeaders = Readonly<Record<string, Buffer | Buffer[] | null>>

export interface ReceivedRecord {
  readonly offset: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: ReceivedHeaders
  readonly timestampMs: number
}

export interface ReceivedBatch {
  readonly topic: string
  readonly partition: number
  readonly records: readonly ReceivedRecord[]
}

/** The first value of a header as text. */
export function readHeader(headers: ReceivedHeaders, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined
  if (value === undefined || value === null) return undefined
  return Buffer.isBuffer(value) ? value.toString('utf8') : value[0]?.toString('utf8')
}
