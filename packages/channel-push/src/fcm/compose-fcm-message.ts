import type { Device, OutgoingMessage } from '@carillon/delivery'
import { encodeWithin, type PushNote, readTtlSeconds } from '../compose-note.ts'

const payloadBytesMax = 4_096

/**
 * The encoded message for every device of a platform, without the token, which counts for nothing in the limit. Sent
 * twice it is shown once: the delivery's id is what every platform collapses by.
 */
export function composeFcmMessage(
  note: PushNote,
  platform: Device['platform'],
  message: Pick<OutgoingMessage, 'deliveryId' | 'expiresAt'>,
  nowMs: number,
): string {
  const ttlSeconds = readTtlSeconds(message.expiresAt, nowMs)
  return encodeWithin(payloadBytesMax, note, ({ title, body, data, link }) =>
    JSON.stringify({
      notification: { ...(title && { title }), body },
      data,
      ...describePlatform(platform, message, ttlSeconds, link),
    }),
  )
}

function describePlatform(
  platform: Device['platform'],
  { deliveryId, expiresAt }: Pick<OutgoingMessage, 'deliveryId' | 'expiresAt'>,
  ttlSeconds: number,
  link: string | undefined,
) {
  if (platform === 'android') {
    return {
      android: { collapse_key: deliveryId, priority: 'high', ttl: `${ttlSeconds}s`, notification: { tag: deliveryId } },
    }
  }
  if (platform === 'ios') {
    const headers = {
      'apns-collapse-id': deliveryId,
      'apns-expiration': String(Math.floor(expiresAt.getTime() / 1_000)),
      'apns-priority': '10',
      'apns-push-type': 'alert',
    }
    return { apns: { headers, payload: { aps: { sound: 'default' } } } }
  }
  return {
    webpush: {
      headers: { TTL: String(ttlSeconds), Urgency: 'high', Topic: toTopic(deliveryId) },
      notification: { tag: deliveryId },
      ...(link !== undefined && { fcm_options: { link } }),
    },
  }
}

/** A topic of Web Push has at most 32 characters, which is a UUID without its hyphens. */
export function toTopic(deliveryId: string): string {
  return deliveryId.replace(/[^\w]/g, '').slice(0, 32)
}

export function addToken(encodedMessage: string, token: string): string {
  return `{"message":{"token":${JSON.stringify(token)},${encodedMessage.slice(1)}}`
}
