import type { Channel, Device, OutgoingMessage } from './channel.ts'
import { GIVEN_BACK, tooLate } from './hand-over.ts'

export interface SimulatedMessage {
  readonly channel: string
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly deliveryId: string
  readonly attempt: number
  readonly at: string
}

/**
 * Takes every message and sends none, only where the operator asked for it: the delivery says provider `simulated`, and
 * `write` keeps what would have gone out. It resolves once the message is kept.
 */
export function createSimulatedChannel(
  channel: string,
  write: (message: SimulatedMessage) => Promise<void>,
): Channel & { close(): Promise<void> } {
  const underway = new Set<Promise<void>>()
  let isClosed = false
  return {
    channel,
    async send(message: OutgoingMessage, signal) {
      if (isClosed || signal.aborted) return GIVEN_BACK
      if (performance.now() > message.handOverBeforeMs) return tooLate('simulated')
      const { content, deliveryId, attempt } = message
      const to = message.address || message.devices.map(describeDevice).join(', ')
      const { title: subject, message: text } = content
      const writing = write({ channel, to, subject, text, deliveryId, attempt, at: new Date().toISOString() })
      underway.add(writing)
      await writing.finally(() => underway.delete(writing))
      return { outcome: 'accepted', provider: 'simulated', providerMessageId: `simulated-${deliveryId}-${attempt}` }
    },
    async close() {
      isClosed = true
      await Promise.allSettled(underway)
    },
  }
}

/** Enough to tell one device from another; who has the whole token can send to it. */
function describeDevice({ platform, token }: Device): string {
  return `${platform} …${token.slice(-6)}`
}
