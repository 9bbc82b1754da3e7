import type { OutgoingMessage } from './channel.ts'
import { createSimulatedChannel, type SimulatedMessage } from './simulated-channel.ts'
import { describeChannel } from './testing.ts'

const reasons = {
  lease_used_up: 'The message waited too long for its turn, so it was not handed over.',
  worker_closing: 'The process was being stopped before the message was handed over.',
}

describeChannel('simulated', {
  reasons,
  unreachable: [],
  troubles: [],
  async open() {
    const written: SimulatedMessage[] = []
    const channel = createSimulatedChannel('SMS', async (message) => void written.push(message))
    return {
      channel,
      createMessage: (overrides = {}) => ({ ...message, handOverBeforeMs: performance.now() + 1_000, ...overrides }),
      countAccepted: async () => written.length,
      misbehave: () => Promise.reject(new Error('it asks nobody')),
      close: channel.close,
    }
  },
})

const message: OutgoingMessage = {
  ...{ tenantId: 't1', recipientId: 'u1', notificationId: 'n1', deliveryId: 'd1', attempt: 1 },
  ...{ category: 'orders', mandatory: false, address: '+4915112345678', devices: [] },
  content: { title: 'Paid', message: 'Your invoice was paid.' },
  ...{ timeoutMs: 1_000, handOverBeforeMs: 0, expiresAt: new Date(Date.now() + 60_000) },
}
