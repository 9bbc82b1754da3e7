import type { Channel, OutgoingMessage, SendResult } from '@carillon/delivery'
import { createTransport } from 'nodemailer'
import type { ComposeOptions } from './compose-mail.ts'
import { composeMail } from './compose-mail.ts'
import { isPlainAddress } from './email-address.ts'
import type { HandOver } from './hand-over.ts'
import { createHandOver, guardBody } from './hand-over.ts'
import type { SmtpFailure } from './read-failure.ts'
import { classifyFailure } from './read-failure.ts'

export interface SmtpOptions {
  readonly host: string
  readonly port: number
  readonly user?: string
  readonly pass?: string
  /** TLS from the first byte; without it STARTTLS is used where the server offers it. */
  readonly secure?: boolean
  /** Refuses to go on without STARTTLS. */
  readonly requireTls?: boolean
  /** How we greet; the host's name when absent. */
  readonly ehloName?: string
  readonly connections?: number
  /** Many servers end a connection after a hundred messages. */
  readonly messagesPerConnection?: number
}

export interface EmailChannelOptions extends ComposeOptions {
  readonly smtp: SmtpOptions
  /** Named in every result and in the breaker; `smtp` unless there are several. */
  readonly provider?: string
  readonly dkim?: { readonly domainName: string; readonly keySelector: string; readonly privateKey: string }
}

export type VerifyResult = { readonly ok: true } | { readonly ok: false; readonly result: SendResult }

export interface EmailChannel extends Channel {
  /** Connects and logs in, and sends nothing. */
  verify(): Promise<VerifyResult>
  /** Takes no more messages, waits for those on their way, then closes the connections. */
  close(): Promise<void>
}

export function createEmailChannel(options: EmailChannelOptions): EmailChannel {
  for (const sender of [options.from, options.replyTo]) {
    if (sender && !isPlainAddress(sender.address))
      throw new Error('create the e-mail channel: a sender address is invalid')
  }
  const provider = options.provider ?? 'smtp'
  const pool = openPool(options)
  const underway = new Set<Promise<unknown>>()
  let isClosed = false

  async function send(message: OutgoingMessage, signal: AbortSignal): Promise<SendResult> {
    if (!isPlainAddress(message.address)) return refuseAddress(provider)
    const handOver = createHandOver(message, isClosed ? AbortSignal.abort() : signal)
    try {
      const info = await pool.deliver(composeMail(message, options), handOver)
      const queueId = info.serverMessageId ?? /queued as ([\w.@-]+)/i.exec(info.response)?.[1]
      return { outcome: 'accepted', provider, ...(queueId !== undefined && { providerMessageId: queueId }) }
    } catch (error) {
      return classifyFailure(readError(error), handOver, provider)
    } finally {
      handOver.end()
    }
  }

  return {
    channel: 'EMAIL',
    send(message, signal) {
      const sending = send(message, signal)
      underway.add(sending)
      void sending.finally(() => underway.delete(sending))
      return sending
    },
    async verify() {
      try {
        await pool.verify()
        return { ok: true }
      } catch (error) {
        const nothingSent = { hasBegun: () => false, givenUp: () => undefined }
        return { ok: false, result: classifyFailure(readError(error), nothingSent, provider) }
      }
    },
    async close() {
      isClosed = true
      await Promise.allSettled(underway)
      pool.close()
    },
  }
}

function openPool({ smtp, dkim }: EmailChannelOptions) {
  const handOvers = new WeakMap<AbortSignal, HandOver>()
  const transport = createTransport({
    pool: true,
    host: smtp.host,
    port: smtp.port,
    maxConnections: smtp.connections ?? 20,
    maxMessages: smtp.messagesPerConnection ?? 100,
    // The pool would send again on its own; whether to repeat is decided elsewhere, from a row.
    maxRequeues: 0,
    dnsTimeout: 5_000,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 60_000,
    ...(smtp.secure !== undefined && { secure: smtp.secure }),
    ...(smtp.requireTls !== undefined && { requireTLS: smtp.requireTls }),
    ...(smtp.ehloName !== undefined && { name: smtp.ehloName }),
    ...(smtp.user !== undefined && { auth: { user: smtp.user, pass: smtp.pass ?? '' } }),
    ...(dkim && { dkim }),
  })
  // The pool asks for the stream when it has a connection, and reads it when the server said 354.
  transport.use('stream', (mail, done) => {
    const handOver = mail.data.signal && handOvers.get(mail.data.signal)
    const { message } = mail
    if (handOver) {
      const createBody = message.createReadStream.bind(message)
      message.createReadStream = (streamOptions) => guardBody(createBody(streamOptions), handOver)
    }
    done()
  })
  return {
    deliver(mail: ReturnType<typeof composeMail>, handOver: HandOver) {
      handOvers.set(handOver.signal, handOver)
      return transport.sendMail({ ...mail, signal: handOver.signal })
    },
    verify: () => transport.verify(),
    close: () => transport.close(),
  }
}

function refuseAddress(provider: string): SendResult {
  return {
    outcome: 'rejected',
    provider,
    reason: 'email_address_invalid',
    error: 'the address is not one plain address',
  }
}

function readError(error: unknown): SmtpFailure {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code, command, response, responseCode }: Partial<Record<keyof SmtpFailure, unknown>> = { ...error }
  return {
    message: error.message,
    ...(typeof code === 'string' && { code }),
    ...(typeof command === 'string' && { command }),
    ...(typeof response === 'string' && { response }),
    ...(typeof responseCode === 'number' && { responseCode }),
  }
}
