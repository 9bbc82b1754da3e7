import type { SendResult } from '@carillon/delivery'
import { withoutAddresses } from './email-address.ts'
import type { GivenUp, HandOver } from './hand-over.ts'
import type { EmailReason } from './reasons.ts'
import type { SmtpReply, SmtpStage } from './smtp-answers.ts'
import { classifyReply } from './smtp-answers.ts'

/** What nodemailer's errors carry, as far as it matters here. */
export interface SmtpFailure {
  readonly message: string
  readonly code?: string
  readonly command?: string
  readonly response?: string
  readonly responseCode?: number
}

type Boundary = Pick<HandOver, 'hasBegun' | 'givenUp'>

/** Turns what nodemailer throws into what is known of the message. */
export function classifyFailure(failure: SmtpFailure, handOver: Boundary, provider: string): SendResult {
  const error = withoutAddresses(failure.message).slice(0, errorCharactersMax)
  const reply = readReply(failure, handOver)
  if (reply) return fromReply(reply, handOver, provider, error)
  if (handOver.hasBegun()) return { outcome: 'unknown', provider, reason: 'smtp_answer_lost', error }
  const givenUp = handOver.givenUp()
  if (givenUp) return fromGivingUp(givenUp, provider, error)
  return fromLocalFailure(failure, provider, error)
}

const errorCharactersMax = 400

/** The server's own word on this message, if it gave one. */
function readReply({ code, command, response, responseCode }: SmtpFailure, handOver: Boundary): SmtpReply | undefined {
  // A reply that nobody was waiting for is no answer to the message.
  if (responseCode === undefined || responseCode < 400) return undefined
  if (handOver.hasBegun() && code !== 'EMESSAGE') return undefined
  const text = response ?? ''
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1]
  return { stage: readStage(code, command), code: responseCode, text, ...(enhanced !== undefined && { enhanced }) }
}

function readStage(code: string | undefined, command = ''): SmtpStage {
  if (code === 'EAUTH' || command.startsWith('AUTH')) return 'auth'
  if (command === 'MAIL FROM') return 'mail'
  if (command === 'RCPT TO') return 'rcpt'
  return command === 'DATA' ? 'data' : 'session'
}

function fromReply(reply: SmtpReply, handOver: Boundary, provider: string, error: string): SendResult {
  const { outcome, reason, suppressAddress, alert, ...unavailable } = classifyReply(reply)
  if (outcome === 'rejected') {
    return { outcome, provider, reason, error, ...(suppressAddress && { suppressAddress }), ...(alert && { alert }) }
  }
  // It was about the server or about us and never about this message, so no attempt is used up.
  const isAboutMessage = reply.stage !== 'session' && !unavailable.opensBreaker && !unavailable.stopsChannel
  const notHandedOver = !isAboutMessage && !handOver.hasBegun()
  return {
    outcome,
    provider,
    reason,
    error,
    ...unavailable,
    ...(alert && { alert }),
    ...(notHandedOver && { notHandedOver }),
  }
}

function fromGivingUp(givenUp: GivenUp, provider: string, error: string): SendResult {
  const base = { outcome: 'unavailable', provider, error, notHandedOver: true } as const
  if (givenUp === 'timeout') return { ...base, reason: 'smtp_timeout', opensBreaker: true }
  return { ...base, reason: givenUp === 'stopped' ? 'smtp_stopped' : 'lease_used_up' }
}

const withoutConnection: Readonly<Record<string, EmailReason>> = {
  ECONNECTION: 'smtp_connection_lost',
  ESOCKET: 'smtp_unreachable',
  EDNS: 'smtp_unreachable',
  ETLS: 'smtp_unreachable',
  EPROXY: 'smtp_unreachable',
  EPROTOCOL: 'smtp_service_unavailable',
  ETIMEDOUT: 'smtp_timeout',
}

function fromLocalFailure({ code = '', command }: SmtpFailure, provider: string, error: string): SendResult {
  const reason = withoutConnection[code]
  if (reason) return { outcome: 'unavailable', provider, reason, error, opensBreaker: true, notHandedOver: true }
  if (code === 'EAUTH' || code === 'ENOAUTH') {
    const result = { outcome: 'unavailable', provider, reason: 'smtp_credentials', error } as const
    return { ...result, stopsChannel: true, alert: true, notHandedOver: true }
  }
  return { outcome: 'rejected', provider, reason: localReason(code, command), error }
}

/** The client itself refused the message, before or instead of asking the server. */
function localReason(code: string, command: string | undefined): EmailReason {
  if (code === 'EENVELOPE') return 'email_address_invalid'
  return code === 'EMESSAGE' && command === 'MAIL FROM' ? 'smtp_message_too_big' : 'email_not_composed'
}
