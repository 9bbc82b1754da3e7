import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Channel, OutgoingMessage, SendResult } from './channel.ts'
import type { ClaimedDelivery } from './delivery-store.ts'
import type { PreparedDelivery } from './prepare-deliveries.ts'

// The pipeline gives up a little after the channel should have, so that the channel's own, better answer comes first.
export const ANSWER_GRACE_MS = 250

export function buildMessage(
  { loaded, address }: PreparedDelivery,
  claimed: ClaimedDelivery,
  limits: { readonly timeoutMs: number; readonly handOverBeforeMs: number },
): OutgoingMessage {
  return {
    tenantId: loaded.tenantId,
    recipientId: loaded.recipientId,
    deliveryId: loaded.id,
    notificationId: loaded.notificationId,
    attempt: claimed.fence,
    category: loaded.category,
    mandatory: loaded.isMandatory,
    address,
    devices: loaded.devices,
    content: loaded.content,
    expiresAt: loaded.expiresAt,
    ...limits,
    ...(loaded.mailIdentity && { mailIdentity: loaded.mailIdentity }),
    ...(loaded.traceparent && { traceparent: loaded.traceparent }),
  }
}

/** Always resolves. A channel that throws or stays silent may have handed the message over: that is unknown. */
export async function handOver(channel: Channel, message: OutgoingMessage): Promise<SendResult> {
  const parent = propagation.extract(context.active(), message.traceparent ? { traceparent: message.traceparent } : {})
  const name = `deliver ${channel.channel}`
  return trace.getTracer('carillon').startActiveSpan(name, {}, parent, async (span) => {
    span.setAttributes({ 'carillon.delivery.id': message.deliveryId, 'carillon.attempt': message.attempt })
    const result = await sendWithinLimit(channel, message)
    if (result.outcome !== 'accepted') span.setStatus({ code: SpanStatusCode.ERROR, message: result.reason })
    span.end()
    return result
  })
}

async function sendWithinLimit(channel: Channel, message: OutgoingMessage): Promise<SendResult> {
  if (performance.now() > message.handOverBeforeMs) return tooLate(channel.channel)
  const limit = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<SendResult>((resolve) => {
    timer = setTimeout(() => {
      limit.abort()
      const overdue = setTimeout(
        () => resolve(unknown(channel.channel, 'timeout', 'no answer in time')),
        ANSWER_GRACE_MS,
      )
      overdue.unref?.()
    }, message.timeoutMs)
  })
  try {
    return await Promise.race([channel.send(message, limit.signal), silence])
  } catch (error) {
    return unknown(channel.channel, 'channel_threw', error instanceof Error ? error.message : String(error))
  } finally {
    clearTimeout(timer)
  }
}

export function tooLate(provider: string): SendResult {
  const error = 'the lease was used up before the first byte'
  return { outcome: 'unavailable', provider, reason: 'lease_used_up', error, notHandedOver: true }
}

function unknown(provider: string, reason: string, error: string): SendResult {
  return { outcome: 'unknown', provider, reason, error }
}

/** What a worker that closes says of what it had claimed and did not hand over. */
export const GIVEN_BACK: SendResult = {
  outcome: 'unavailable',
  provider: 'none',
  reason: 'worker_closing',
  error: 'the worker closed before the hand-over',
  notHandedOver: true,
}
