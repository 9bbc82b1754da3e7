import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'

/**
 * Ids are a function of ids alone, never of arrival: planning an event again names the same rows. An event id of ours,
 * `evt_` + UUIDv7 + a short MAC over tenant and id, lends its 48 bits of time as prefix, which keeps indexes local; the
 * MAC keeps a made-up id from choosing where rows land, and tells a queued event of ours from one that never was.
 */

const EVENT_ID = /^evt_([0-9a-f]{32})([0-9a-f]{12})$/
const MAC_HEX_LENGTH = 12

/** Keys for event ids: the first one mints, every one is recognised. A key is never dropped while its events may be replayed. */
export type EventIdKeys = readonly [string, ...string[]]

export function mintEventId(tenantId: string, keys: EventIdKeys, atMs?: number): string {
  const hex = uuidv7(atMs === undefined ? undefined : { msecs: atMs }).replaceAll('-', '')
  return `evt_${hex}${eventMac(tenantId, hex, keys[0])}`
}

/**
 * The id of one event of a batch, by the id that the batch got and its place: a batch that is repeated names the same
 * events, and one row keeps the key of a thousand of them.
 */
export function deriveBatchEventId(tenantId: string, keys: EventIdKeys, batchId: string, place: number): string {
  const [, batchHex = ''] = EVENT_ID.exec(batchId) ?? []
  const digest = hash('sha256', `${batchId} ${place}`)
  // As a UUIDv7 is built: 48 bits of time, version, 12 bits, variant, 62 bits.
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
  const isGenuine = keys.some((key) => timingSafeEqual(Buffer.from(eventMac(tenantId, hex, key)), Buffer.from(mac)))
  return isGenuine ? new Date(Number.parseInt(hex.slice(0, 12), 16)) : undefined
}

function eventMac(tenantId: string, hex: string, key: string): string {
  return createHmac('sha256', key).update(`${tenantId}\n${hex}`).digest('hex').slice(0, MAC_HEX_LENGTH)
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
