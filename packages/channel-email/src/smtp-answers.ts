import type { EmailReason } from './reasons.ts'

/**
 * What an SMTP reply means, as data: the first row that fits decides. Only a reply that the server really gave comes
 * here; a connection that was lost is judged by whether the message had begun to leave us.
 */
export interface SmtpAnswer {
  readonly outcome: 'rejected' | 'unavailable'
  readonly reason: EmailReason
  readonly suppressAddress?: true
  readonly opensBreaker?: true
  readonly stopsChannel?: true
  readonly alert?: true
  readonly retryAfterMs?: number
}

/** Where in the conversation the reply came; `session` is everything before a message: greeting, EHLO, STARTTLS. */
export type SmtpStage = 'session' | 'auth' | 'mail' | 'rcpt' | 'data'

export interface SmtpReply {
  readonly stage: SmtpStage
  readonly code: number
  /** Such as `5.1.1`; many servers leave it out. */
  readonly enhanced?: string
  readonly text: string
}

interface Row {
  readonly when: {
    readonly stages?: readonly SmtpStage[]
    readonly code?: RegExp
    readonly enhanced?: RegExp
    readonly text?: RegExp
  }
  readonly answer: SmtpAnswer
}

const greylistMs = 5 * 60_000

const unavailable = (reason: EmailReason, more: Partial<SmtpAnswer> = {}): SmtpAnswer => ({
  outcome: 'unavailable',
  reason,
  ...more,
})
const rejected = (reason: EmailReason, more: Partial<SmtpAnswer> = {}): SmtpAnswer => ({
  outcome: 'rejected',
  reason,
  ...more,
})

const rows: readonly Row[] = [
  // The server is closing or not taking mail: no message is at fault.
  { when: { code: /^421$/ }, answer: unavailable('smtp_service_unavailable', { opensBreaker: true }) },
  { when: { enhanced: /^4\.3\.2$/ }, answer: unavailable('smtp_service_unavailable', { opensBreaker: true }) },

  // Credentials, also where a server only says so at MAIL.
  {
    when: { code: /^(530|534|535|538)$/ },
    answer: unavailable('smtp_credentials', { stopsChannel: true, alert: true }),
  },
  {
    when: { enhanced: /^5\.7\.[89]$/, stages: ['session', 'auth', 'mail'] },
    answer: unavailable('smtp_credentials', { stopsChannel: true, alert: true }),
  },
  {
    when: { stages: ['auth'], code: /^5/ },
    answer: unavailable('smtp_credentials', { stopsChannel: true, alert: true }),
  },

  // Before a message was named, a refusal cannot mean the message: it must not burn one delivery after the other.
  {
    when: { stages: ['session', 'auth'], code: /^4/ },
    answer: unavailable('smtp_service_unavailable', { opensBreaker: true }),
  },
  {
    when: { stages: ['session'] },
    answer: unavailable('smtp_service_unavailable', { opensBreaker: true, alert: true }),
  },

  // Greylisting says 4.7.0 at some servers, so it is looked for before the breaker's row.
  {
    when: { code: /^4/, text: /gr[ae]y-?\s?list/i },
    answer: unavailable('smtp_greylisted', { retryAfterMs: greylistMs }),
  },
  { when: { enhanced: /^4\.7\.0$/ }, answer: unavailable('smtp_service_unavailable', { opensBreaker: true }) },
  {
    when: { enhanced: /^4\.7\.1$/, code: /^45[01]$/ },
    answer: unavailable('smtp_greylisted', { retryAfterMs: greylistMs }),
  },

  // 552 5.2.2 is permanent by its number, but a mailbox that is full today is emptied tomorrow.
  { when: { enhanced: /^[45]\.2\.2$/ }, answer: unavailable('smtp_mailbox_full') },
  { when: { enhanced: /^[45]\.3\.4$|^5\.2\.3$/, code: /^5/ }, answer: rejected('smtp_message_too_big') },
  {
    when: { code: /^552$/, enhanced: /^$/, text: /\bsize\b|too (big|large)/i },
    answer: rejected('smtp_message_too_big'),
  },
  { when: { code: /^452$/, enhanced: /^$/ }, answer: unavailable('smtp_mailbox_full') },
  { when: { code: /^552$/, enhanced: /^$/ }, answer: unavailable('smtp_mailbox_full') },
  { when: { code: /^4/ }, answer: unavailable('smtp_try_later') },

  // 503: the conversation went wrong, not the message; on another connection it can go through.
  { when: { code: /^503$/ }, answer: unavailable('smtp_try_later') },

  // Policy is about us. It comes before the codes of dead mailboxes: 553 5.7.1 says nothing of the mailbox.
  { when: { code: /^5/, enhanced: /^5\.7\./ }, answer: rejected('smtp_policy', { alert: true }) },
  { when: { stages: ['mail'] }, answer: rejected('smtp_sender_refused', { alert: true }) },
  { when: { enhanced: /^5\.1\.[78]$/ }, answer: rejected('smtp_sender_refused', { alert: true }) },
  {
    when: { code: /^5/, enhanced: /^5\.1\.(1|10)$/ },
    answer: rejected('smtp_mailbox_unknown', { suppressAddress: true }),
  },
  { when: { code: /^553$/ }, answer: rejected('smtp_mailbox_unknown', { suppressAddress: true }) },
]

/** An unknown code is permanent for this message and suppresses nobody. */
const unknownCode = rejected('smtp_refused')

export function classifyReply(reply: SmtpReply): SmtpAnswer {
  return rows.find(({ when }) => fits(when, reply))?.answer ?? unknownCode
}

function fits({ stages, code, enhanced, text }: Row['when'], reply: SmtpReply) {
  return (
    (stages === undefined || stages.includes(reply.stage)) &&
    (code === undefined || code.test(String(reply.code))) &&
    (enhanced === undefined || enhanced.test(reply.enhanced ?? '')) &&
    (text === undefined || text.test(reply.text))
  )
}
