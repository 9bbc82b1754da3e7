import type { OutgoingMessage } from '@carillon/delivery'
import webPush from 'web-push'
import { encodeWithin, type PushNote, readTtlSeconds } from '../compose-note.ts'
import { type DeviceAnswer, fromSilence, type Meaning, readRetryAfter } from '../device-answer.ts'
import { toTopic } from '../fcm/compose-fcm-message.ts'
import { type HandOver, notSent } from '../hand-over.ts'
import { createTurns } from '../turns.ts'
import { createEgress } from './egress.ts'
import type { Subscription } from './subscription.ts'
import { classifyWebPushStatus } from './web-push-answers.ts'

export interface WebPushOptions {
  /** Whom a push service turns to: a mailto: or https: address. */
  readonly subject: string
  readonly publicKey: string
  readonly privateKey: string
  /** For push services on this machine: http and private addresses, which are otherwise refused. */
  readonly allowPrivateEndpoints?: boolean
}

export interface WebPushClient {
  send(subscription: Subscription, note: PushNote, message: OutgoingMessage, handOver: HandOver): Promise<DeviceAnswer>
  close(): void
}

/** A push service takes 4,096 bytes, of which encryption needs 103 (RFC 8188, RFC 8291). */
const plainBytesMax = 4_096 - 103
const retryAfterDefaultMs = 10_000

export function createWebPushClient(options: WebPushOptions, inFlightMax: number): WebPushClient {
  const { subject, publicKey, privateKey, allowPrivateEndpoints = false } = options
  const vapidDetails = { subject, publicKey, privateKey }
  checkKeys(vapidDetails)
  const egress = createEgress({ allowPrivate: allowPrivateEndpoints })
  const turns = createTurns(() => inFlightMax)

  /** Undefined for keys that no browser has made. */
  function encrypt(subscription: Subscription, note: PushNote, { deliveryId, expiresAt }: OutgoingMessage) {
    const payload = encodeWithin(plainBytesMax, note, (fitting) => JSON.stringify({ ...fitting, tag: deliveryId }))
    try {
      return webPush.generateRequestDetails(subscription, payload, {
        vapidDetails,
        TTL: readTtlSeconds(expiresAt, Date.now()),
        urgency: 'high',
        topic: toTopic(deliveryId),
      })
    } catch {
      return undefined
    }
  }

  return {
    async send(subscription, note, message, handOver) {
      if (!(await turns.take(handOver.waiting))) return fromSilence('webpush', notSent(handOver))
      try {
        const request = encrypt(subscription, note, message)
        if (!request?.body) return fail({ outcome: 'dead', reason: 'push_token_invalid' }, 'its keys are no keys')
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
        )
        const answer = await egress.post({ url: subscription.endpoint, headers, body: request.body }, handOver)
        if (answer.kind === 'forbidden') {
          return fail({ outcome: 'dead', reason: 'push_endpoint_forbidden' }, 'its address is not public')
        }
        if (answer.kind !== 'answered') return fromSilence('webpush', answer)
        return readStatus(answer.status, answer.retryAfter)
      } finally {
        turns.give()
      }
    },
    close: egress.close,
  }
}

function readStatus(status: number, retryAfter: string | undefined): DeviceAnswer {
  const meaning = classifyWebPushStatus(status)
  if (meaning === 'accepted') return { outcome: 'accepted', provider: 'webpush' }
  const isLater = meaning.outcome === 'unavailable' && !meaning.stopsPlatform
  const retryAfterMs = readRetryAfter(retryAfter, Date.now()) ?? retryAfterDefaultMs
  return { ...fail(meaning, `the push service answered ${status}`), ...(isLater && { retryAfterMs }) }
}

function fail(meaning: Meaning, error: string) {
  return { ...meaning, provider: 'webpush', error } as const
}

/** Keys that cannot sign would fail every message, each with its own error. */
function checkKeys(vapidDetails: { subject: string; publicKey: string; privateKey: string }) {
  try {
    webPush.generateRequestDetails({ endpoint: 'https://push.example', keys: { p256dh: '', auth: '' } }, null, {
      vapidDetails,
    })
  } catch (error) {
    // The library's words name what is wrong and quote nothing.
    throw new Error(`create the push channel: ${error instanceof Error ? error.message : 'its VAPID keys are wrong'}`)
  }
}
