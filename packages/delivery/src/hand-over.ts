import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Channel, OutgoingMessage, SendResult } from './channel.ts'
import type { ClaimedDelivery } from './delivery-store.ts'
import type { PreparedDelivery } from './prepare-deliveries.ts'
import { createTimeLimit } from './time-limit.ts'

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

const tracer = trace.getTracer('carillon')

/**
 * Hands messages to a channel, each in a span of its own. Always resolves: a channel that throws or stays silent may
 * have handed the message over, and that is unknown.
 */
export function createHandOver(channel: Channel, timeoutMs: number): (message: OutgoingMessage) => Promise<SendResult> {
  const answers = createTimeLimit(timeoutMs)
  const graces = createTimeLimit(ANSWER_GRACE_MS)
  const name = channel.channel

  function sendWithinLimit(message: OutgoingMessage): Promise<SendResult> {
    if (performance.now() > message.handOverBeforeMs) return Promise.resolve(tooLate(name))
    return new Promise((resolve) => {
      const abort = new AbortController()
      const limited = answers.start(() => {
        abort.abort()
        graces.start(() => resolve(unknown(name, 'timeout', 'no answer in time')))
      })
      function end(result: SendResult): void {
        answers.end(limited)
        resolve(result)
      }
      send(channel, message, abort.signal).then(end, (error) => end(unknown(name, 'channel_threw', messageOf(error))))
    })
  }

  return function handOver(message) {
    const { traceparent, deliveryId, attempt } = message
    const parent = traceparent ? propagation.extract(context.active(), { traceparent }) : context.active()
    return tracer.startActiveSpan(`deliver ${name}`, {}, parent, (span) => {
      span.setAttributes({ 'carillon.delivery.id': deliveryId, 'carillon.attempt': attempt })
      return sendWithinLimit(message).then((result) => {
        if (result.outcome !== 'accepted') span.setStatus({ code: SpanStatusCode.ERROR, message: result.reason })
        span.end()
        return result
      })
    })
  }
}

/** What is thrown before there is a promise is thrown all the same. */
function send(channel: Channel, message: OutgoingMessage, signal: AbortSignal): Promise<SendResult> {
  try {
    return channel.send(message, signal)
  } catch (error) {
    return Promise.reject(error)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
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
