import { createEmailChannel } from '@carillon/channel-email'
import type { Behaviour } from '@carillon/testkit'
import {
  type Expected,
  FULL_MAILBOX_RETRY,
  failed,
  GREYLIST_RETRY,
  MAIL_RETRY,
  notSent,
  retried,
  sent,
  unknown,
  type VendorCase,
} from './vendor-case.ts'

const P = 'smtp'
const breaker: Partial<Expected> = { provesTrouble: 'breaker open' }
const later = retried(P, 'smtp_try_later', MAIL_RETRY)
const greylisted = retried(P, 'smtp_greylisted', GREYLIST_RETRY)
const away = (reason: string) => notSent(P, reason, MAIL_RETRY, breaker)
const full = retried(P, 'smtp_mailbox_full', FULL_MAILBOX_RETRY)
const dead = failed(P, 'smtp_mailbox_unknown', { isSuppressed: true })
const policy = failed(P, 'smtp_policy', { isAlert: true })
const credentials = notSent(P, 'smtp_credentials', MAIL_RETRY, { provesTrouble: 'channel stopped', isAlert: true })

const AT_ANY = '4yz at any command'
const BREAKER = '421, 4.3.2, 4.7.0'
const FULL = '452 / 552 5.2.2 mailbox full'
const DEAD = '550 5.1.1, 5.1.10, 553'
const POLICY = '550, 554 5.7.x policy'
const BEFORE = 'connection lost before any DATA was written'
const AFTER = 'the same after DATA was written'

const rows: readonly [line: string, name: string, behaviour: Behaviour | 'refuse' | undefined, expected: Expected][] = [
  ['250', '250', undefined, sent(P)],
  [AT_ANY, '4yz at MAIL', { at: 'mail', reply: '451 4.3.0 later' }, later],
  [AT_ANY, '4yz at RCPT', { at: 'rcpt', reply: '450 4.2.1 busy' }, later],
  [AT_ANY, '4yz at DATA', { at: 'data', reply: '451 4.3.0 later' }, later],
  [AT_ANY, '4yz at the end of the data', { at: 'dot', reply: '451 4.3.0 later' }, later],
  [AT_ANY, '4yz at the greeting', { at: 'greeting', reply: '450 busy' }, away('smtp_service_unavailable')],
  [AT_ANY, '4yz at EHLO', { at: 'ehlo', reply: '451 4.3.0 later' }, away('smtp_service_unavailable')],
  [AT_ANY, 'greylisting', { at: 'rcpt', reply: '451 4.7.1 Greylisted, come back' }, greylisted],
  [BREAKER, '421', { at: 'rcpt', reply: '421 4.7.0 too many' }, away('smtp_service_unavailable')],
  [BREAKER, '4.3.2', { at: 'rcpt', reply: '450 4.3.2 not now' }, away('smtp_service_unavailable')],
  [BREAKER, '4.7.0', { at: 'rcpt', reply: '450 4.7.0 slow down' }, away('smtp_service_unavailable')],
  [
    BREAKER,
    '421 at the end of the data, which uses the attempt',
    { at: 'dot', reply: '421 4.3.2 closing' },
    retried(P, 'smtp_service_unavailable', MAIL_RETRY, breaker),
  ],
  [FULL, '452', { at: 'rcpt', reply: '452 4.2.2 over quota' }, full],
  [FULL, '552 5.2.2', { at: 'rcpt', reply: '552 5.2.2 over quota' }, full],
  [DEAD, '550 5.1.1', { at: 'rcpt', reply: '550 5.1.1 no such user' }, dead],
  [DEAD, '5.1.10', { at: 'rcpt', reply: '550 5.1.10 null MX' }, dead],
  [DEAD, '553', { at: 'rcpt', reply: '553 no such mailbox' }, dead],
  [POLICY, '550 5.7.x', { at: 'rcpt', reply: '550 5.7.1 not allowed' }, policy],
  [POLICY, '554 5.7.x', { at: 'dot', reply: '554 5.7.1 spam' }, policy],
  ['535 5.7.8 credentials', '535 5.7.8', { at: 'auth', reply: '535 5.7.8 wrong' }, credentials],
  [BEFORE, 'ECONNECTION at MAIL', { at: 'mail', drop: true }, away('smtp_connection_lost')],
  [BEFORE, 'ECONNECTION at DATA', { at: 'data', drop: true }, away('smtp_connection_lost')],
  [BEFORE, 'ESOCKET', 'refuse', away('smtp_unreachable')],
  [BEFORE, 'ETIMEDOUT', { at: 'data', hold: 'silent' }, away('smtp_timeout')],
  [AFTER, 'in the middle of the body', { at: 'body', drop: true }, unknown(P, 'smtp_answer_lost', { accepted: 0 })],
  [AFTER, 'after it was accepted', { at: 'accepted', drop: true }, unknown(P, 'smtp_answer_lost')],
  [AFTER, 'a silence after it was accepted', { at: 'accepted', hold: 'silent' }, unknown(P, 'smtp_answer_lost')],
]

export const smtpCases: readonly VendorCase[] = rows.map(([line, name, behaviour, expected]) => ({
  ...{ table: 'SMTP', line, name, channel: 'EMAIL', expected },
  ...(name.includes('silence') || name === 'ETIMEDOUT' ? { timeoutMs: 700 } : {}),
  openChannel: ({ smtp: { host, port } }) =>
    createEmailChannel({
      smtp: { host, port, user: 'u', pass: 'p' },
      from: { address: 'hello@acme.test' },
      brand: { name: 'Acme' },
      messageIdDomain: 'acme.test',
    }),
  async misbehave({ smtp }) {
    if (behaviour === 'refuse') await smtp.refuseConnections(true)
    else if (behaviour) await smtp.behave(behaviour)
  },
}))
