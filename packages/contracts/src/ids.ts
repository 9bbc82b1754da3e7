import { hash, randomBytes } from 'node:crypto'
import { hmacHex } from './mac.ts'

/**
 * Ids are a function of ids alone, never of arrival: planning an event again names the same rows. An event id of ours,
 * `evt_` + UUIDv7 + a short MAC over tenant and id, lends its 48 bits of time as prefix, which keeps indexes local; the
 * MAC keeps a made-up id from choosing where rows land, and tells a queued event of ours from one that never was.
 */

const EVENT_ID = /^evt_([0-9a-f]{32})([0-9a-f]{12})$/
const MAC_HEX_LENGTH = 12

/** Keys for event ids: the first one mints, every one is recognised. A key is never dropped while its events may be replayed. */
export type EventIdKeys = readonly [string, ...string[]]

const VARIANTS = '89ab'
const RANDOM_HEX_LENGTH = 19
const RANDOM_BYTES = 64 * RANDOM_HEX_LENGTH

let randomHex = ''
let randomAt = 0

/** A call for random bytes costs more than what else an id is made of, so they are fetched for many. */
function takeRandomHex(): string {
  if (randomAt + RANDOM_HEX_LENGTH > randomHex.length) {
    randomHex = randomBytes(RANDOM_BYTES).toString('hex')
    randomAt = 0
  }
  randomAt += RANDOM_HEX_LENGTH
  return randomHex.slice(randomAt - RANDOM_HEX_LENGTH, randomAt)
}

let latestTime = { atMs: Number.NaN, hex: '' }

/** Many events are accepted in one millisecond. */
function toTimeHex(atMs: number): string {
  if (latestTime.atMs !== atMs) latestTime = { atMs, hex: atMs.toString(16).padStart(TIME_HEX_LENGTH, '0') }
  return latestTime.hex
}

export function mintEventId(tenantId: string, keys: EventIdKeys, atMs?: number): string {
  const random = takeRandomHex()
  // As a UUIDv7 is built: 48 bits of time, version, 12 bits, variant, 62 bits.
  const variant = VARIANTS[Number.parseInt(random[3] ?? '0', 16) & 3]
  const hex = `${toTimeHex(atMs ?? Date.now())}7${random.slice(0, 3)}${variant}${random.slice(4)}`
  return `evt_${hex}${eventMac(tenantId, hex, keys[0])}`
}

/**
 * The id of one event of a batch, by the id that the batch got and its place: a batch that is repeated names the same
 * events, and one row keeps the key of a thousand of them.
 */
export function deriveBatchEventId(tenantId: string, keys: EventIdKeys, batchId: string, place: number): string {
  const [, batchHex = ''] = EVENT_ID.exec(batchId) ?? []
  const digest = hash('sha256', `${batchId} ${place}`)
  const hex = `${batchHex.slice(0, 12)}7${digest.slice(0, 3)}8${digest.slice(3, 18)}`
  return `evt_${hex}${eventMac(tenantId, hex, keys[0])}`
}

interface ReadTime {
  readonly tenantId: string
  readonly eventId: string
  readonly keys: EventIdKeys
  readonly time: Date | undefined
}

/** Planning asks twice in a row, once for an event's age and once for the ids that its time leads; a MAC is dear. */
let lastRead: ReadTime | undefined

/** The time inside a genuine event id of this tenant, or undefined for any other id. */
export function readEventTime(tenantId: string, eventId: string, keys: EventIdKeys): Date | undefined {
  const isSame = lastRead?.eventId === eventId && lastRead.tenantId === tenantId && lastRead.keys === keys
  if (!isSame) lastRead = { tenantId, eventId, keys, time: checkEventTime(tenantId, eventId, keys) }
  return lastRead?.time
}

function checkEventTime(tenantId: string, eventId: string, keys: EventIdKeys): Date | undefined {
  const [, hex, mac] = EVENT_ID.exec(eventId) ?? []
  if (hex === undefined || mac === undefined) return undefined
  const isGenuine = keys.some((key) => isSameMac(eventMac(tenantId, hex, key), mac))
  return isGenuine ? new Date(Number.parseInt(hex.slice(0, 12), 16)) : undefined
}

/** Takes as long whatever differs; both are as long as a MAC is, and two buffers for them would cost as much as the MAC. */
function isSameMac(one: string, other: string): boolean {
  let difference = 0
  for (let at = 0; at < MAC_HEX_LENGTH; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return difference === 0
}

function eventMac(tenantId: string, hex: string, key: string): string {
  return hmacHex(key, `${tenantId}\n${hex}`).slice(0, MAC_HEX_LENGTH)
}

/** `root` is the producer's own name for the notification if it gave one, else the event id. */
export function deriveNotificationId(tenantId: string, root: string, userId: string, eventTime?: Date): string {
  const timePrefix = eventTime?.getTime().toString(16).padStart(TIME_HEX_LENGTH, '0')
  return hashUuid(JSON.stringify([tenantId, root, userId]), timePrefix)
}

export function deriveDeliveryId(notificationId: string, channel: string, step: number, replay: number): string {
  const timePrefix = notificationId.slice(0, 8) + notificationId.slice(9, 13)
  return hashUuid(`${notificationId} ${channel} ${step} ${replay}`, timePrefix)
}

/** A foreign record without an id is known by where it lies in the log. */
export function derivePositionId(topic: string, partition: number, offset: string, timestamp: string): string {
  return `pos_${topic}/${partition}/${offset}/${timestamp}`
}

const TIME_HEX_LENGTH = 12
const VARIANT_DIGITS = ['8', '9', 'a', 'b'] as const

/** UUIDv8: 48 bits of time where a time is known, the rest a hash. In one call: a hash object costs three times as much. */
function hashUuid(name: string, timePrefix?: string): string {
  const digest = hash('sha256', name)
  const time = timePrefix ?? digest.slice(0, TIME_HEX_LENGTH)
  const variant = VARIANT_DIGITS[Number.parseInt(digest.charAt(16), 16) & 0x3]
  return `${time.slice(0, 8)}-${time.slice(8)}-8${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`
}
