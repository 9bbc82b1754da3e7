import type { OutgoingMessage } from '@carillon/delivery'
import type { EmailChannelOptions } from '../src/email-channel.ts'

interface Overrides extends Partial<Omit<OutgoingMessage, 'content'>> {
  readonly content?: Partial<OutgoingMessage['content']>
}

export function outgoingMessage({ content, ...overrides }: Overrides = {}): OutgoingMessage {
  return {
    tenantId: 't1',
    recipientId: 'user-1',
    deliveryId: '0198c0de-0000-7000-8000-000000000001',
    notificationId: '0198c0de-0000-7000-8000-000000000002',
    attempt: 1,
    category: 'billing',
    mandatory: false,
    address: 'ada@mail.test',
    timeoutMs: 10_000,
    handOverBeforeMs: performance.now() + 10_000,
    devices: [],
    expiresAt: new Date(Date.now() + 3_600_000),
    content: { title: 'Invoice paid', message: 'Your invoice 42 was paid.', ...content },
    ...overrides,
  }
}

export function channelOptions(
  server: { host: string; port: number },
  overrides: Partial<EmailChannelOptions> = {},
): EmailChannelOptions {
  return {
    smtp: { host: server.host, port: server.port },
    from: { name: 'Acme', address: 'hello@acme.test' },
    brand: { name: 'Acme' },
    messageIdDomain: 'acme.test',
    ...overrides,
  }
}
