import type { Channel, Device, OutgoingMessage, SendResult } from '@carillon/delivery'
import { type AnsweredDevice, combineAnswers } from './combine-answers.ts'
import { composeNote, type PushNote } from './compose-note.ts'
import type { DeviceAnswer, PushProvider } from './device-answer.ts'
import { composeFcmMessage } from './fcm/compose-fcm-message.ts'
import { createFcmClient, type FcmOptions } from './fcm/fcm-client.ts'
import { createHandOver, type HandOver } from './hand-over.ts'
import { createPlatformHolds } from './platform-holds.ts'
import { parseSubscription } from './web-push/subscription.ts'
import { createWebPushClient, type WebPushOptions } from './web-push/web-push-client.ts'

export interface PushChannelOptions {
  readonly fcm?: FcmOptions
  readonly webPush?: WebPushOptions
  readonly policy?: Partial<PushPolicy>
  /** Where a relative `actionUrl` leads. */
  readonly publicBaseUrl?: string
  /** For what a delivery that was SENT cannot say: that some of its devices need a person's attention. */
  readonly log?: PushLog
}

export interface PushPolicy {
  /** Requests under way at a time, at each service. */
  readonly inFlightMax: number
  /** How long a platform rests whose keys were refused. */
  readonly platformHoldMs: number
}

export interface PushLog {
  error(fields: Readonly<Record<string, unknown>>, message: string): void
}

export type VerifyResult = { readonly ok: true } | { readonly ok: false; readonly result: SendResult }

export interface PushChannel extends Channel {
  /** Signs in, and sends nothing. */
  verify(): Promise<VerifyResult>
  /** Takes no more messages, waits for those on their way, then closes the connections. */
  close(): Promise<void>
}

const defaults: PushPolicy = { inFlightMax: 500, platformHoldMs: 60_000 }

export function createPushChannel(options: PushChannelOptions): PushChannel {
  const { inFlightMax, platformHoldMs } = { ...defaults, ...options.policy }
  const fcm = options.fcm && createFcmClient(options.fcm, inFlightMax)
  const webPush = options.webPush && createWebPushClient(options.webPush, inFlightMax)
  if (!fcm && !webPush) throw new Error('create the push channel: neither FCM nor Web Push is configured')
  const holds = createPlatformHolds(platformHoldMs)
  const underway = new Set<Promise<unknown>>()
  let isClosed = false

  async function send(message: OutgoingMessage, signal: AbortSignal): Promise<SendResult> {
    const handOver = createHandOver(message, isClosed ? AbortSignal.abort() : signal)
    const note = composeNote(message, options.publicBaseUrl)
    const encodeFor = rememberEncoded(note, message)
    const devices = [...new Map(message.devices.map((device) => [device.token, device])).values()]
    try {
      const answered = await Promise.all(
        devices.map(async (device): Promise<AnsweredDevice> => {
          const answer = await sendToDevice(device, message, note, encodeFor, handOver)
          observe(device, answer, message)
          return { token: device.token, answer }
        }),
      )
      return combineAnswers(answered)
    } finally {
      handOver.end()
    }
  }

  async function sendToDevice(
    { token, platform }: Device,
    message: OutgoingMessage,
    note: PushNote,
    encodeFor: (platform: Device['platform']) => string,
    handOver: HandOver,
  ): Promise<DeviceAnswer> {
    const subscription = platform === 'web' ? parseSubscription(token) : undefined
    const provider: PushProvider = subscription ? 'webpush' : 'fcm'
    const held = holds.find(provider, platform)
    if (held) return held
    if (subscription && webPush) return webPush.send(subscription, note, message, handOver)
    if (!subscription && fcm) return fcm.send(token, encodeFor(platform), handOver)
    const error = `${provider} is not configured`
    return { outcome: 'refused', provider, reason: 'push_platform_not_configured', error, alert: true }
  }

  function observe({ platform }: Device, answer: DeviceAnswer, { deliveryId, tenantId }: OutgoingMessage) {
    if (answer.outcome === 'accepted' || !answer.alert) return
    const { provider, reason } = answer
    const isNews = answer.stopsPlatform ? holds.hold(provider, platform) : true
    const fields = { channel: 'PUSH', provider, platform, reason, deliveryId, tenantId, alert: true }
    if (isNews) options.log?.error(fields, answer.stopsPlatform ? 'push.platform.stopped' : 'push.device.failed')
  }

  function track<T>(work: Promise<T>): Promise<T> {
    underway.add(work)
    const forget = () => underway.delete(work)
    work.then(forget, forget)
    return work
  }

  return {
    channel: 'PUSH',
    send: (message, signal) => track(send(message, signal)),
    async verify() {
      const answer = await fcm?.verify()
      return answer === undefined ? { ok: true } : { ok: false, result: combineAnswers([{ token: '', answer }]) }
    },
    async close() {
      isClosed = true
      await Promise.allSettled(underway)
      await fcm?.close()
      webPush?.close()
    },
  }
}

/** The same for all devices of a platform but for the token, so it is encoded once. */
function rememberEncoded(note: PushNote, message: OutgoingMessage) {
  const encoded = new Map<Device['platform'], string>()
  return (platform: Device['platform']) => {
    const known = encoded.get(platform) ?? composeFcmMessage(note, platform, message, Date.now())
    encoded.set(platform, known)
    return known
  }
}
