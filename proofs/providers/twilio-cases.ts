import { createSmsChannel } from '@carillon/channel-sms'
import type { SmsBehaviour } from '@carillon/testkit'
import { about, type Expected, failed, QUICK_RETRY, retried, sent, unknown, type VendorCase } from './vendor-case.ts'
import { accounts, type VendorStage } from './vendor-stage.ts'

const P = 'twilio'
const breaker: Partial<Expected> = { provesTrouble: 'breaker open' }
const stopped = (reason: string) =>
  retried(P, reason, QUICK_RETRY, {
    attempt: `not_handed_over ${reason}`,
    counts: false,
    provesTrouble: 'channel stopped',
    isAlert: true,
  })
const dead = failed(P, 'sms_number_invalid', { isSuppressed: true })
const ours = (reason: string) => failed(P, reason, { isAlert: true })

const LOST = 'timeout, reset, 5xx'
const STOPS = '20003, 20005, 30002'
const DEAD = '21211, 21214, 21217, 21614'
const OURS = '21408, 21606, 21612, 30034'
const AGAIN = 'receipt 30003, 30008'
const ENDED = 'receipt 30004, 30005, 30006, 30007'

const code = (number: number): SmsBehaviour => ({ at: 'body', answer: { code: number } })

type Row = readonly [line: string, name: string, behaviour: SmsBehaviour | undefined, expected: Expected]
const answers: readonly Row[] = [
  ['201', '201', undefined, sent(P)],
  [
    '429 / 20429',
    '429',
    { at: 'body', answer: { status: 429 } },
    retried(P, 'sms_provider_busy', QUICK_RETRY, breaker),
  ],
  ['429 / 20429', '20429', code(20429), retried(P, 'sms_provider_busy', QUICK_RETRY, breaker)],
  [
    '429 / 20429',
    '20429 with Retry-After',
    { at: 'body', answer: { code: 20429, retryAfter: '70' } },
    retried(P, 'sms_provider_busy', about(70_000), breaker),
  ],
  [STOPS, '20003', code(20003), stopped('sms_credentials')],
  [STOPS, '20005', code(20005), stopped('sms_account_suspended')],
  [STOPS, '30002', code(30002), stopped('sms_account_suspended')],
  [DEAD, '21211', code(21211), dead],
  [DEAD, '21214', code(21214), dead],
  [DEAD, '21217', code(21217), dead],
  [DEAD, '21614', code(21614), dead],
  ['21610', '21610', code(21610), failed(P, 'sms_opted_out', { isSuppressed: true })],
  [OURS, '21408', code(21408), ours('sms_region_not_enabled')],
  [OURS, '21606', code(21606), ours('sms_sender_refused')],
  [OURS, '21612', code(21612), ours('sms_route_missing')],
  [OURS, '30034', code(30034), ours('sms_sender_unregistered')],
]

const toCase = ([line, name, behaviour, expected]: Row): VendorCase => ({
  ...{ table: 'Twilio (SMS, WhatsApp)', line, name, channel: 'SMS', expected },
  openChannel: (stage) => openSms(stage, false),
  misbehave: async ({ twilio }) => behaviour && twilio.behave(behaviour),
})

/** A message that may have arrived is asked for before anything else. */
const lost = (name: string, behaviour: SmsBehaviour, accepted: 0 | 1, reason: string): VendorCase => ({
  ...toCase([LOST, name, behaviour, unknown(P, reason, { accepted, after: accepted ? 'found: yes' : 'found: no' })]),
  ...(behaviour.hold && { timeoutMs: 700 }),
  async follow(stage, { row, address, channel }) {
    await stage.behaveWell()
    const startedAt = new Date(Date.now() - 60_000)
    const content = { title: 'Your order', message: 'It left the house' }
    const question = { deliveryId: row.id, attempt: 1, address, startedAt, content, category: 'orders' }
    return `found: ${(await channel.lookUp?.(question))?.found}`
  },
})

const nextProvider: readonly VendorCase[] = answers
  .filter(([line]) => line === OURS)
  .map(([line, name, behaviour]) => ({
    ...toCase([line, `${name}, by the next provider`, behaviour, sent('vonage')]),
    openChannel: (stage) => openSms(stage, true),
  }))

const receipt = (line: string, errorCode: number, after: string, isSuppressed = false): VendorCase => ({
  ...toCase([line, `receipt ${errorCode}`, undefined, { ...sent(P), isSuppressed, after }]),
  follow: (stage, { row }) => reportUndelivered(stage, row.notificationId, errorCode),
})

export const twilioCases: readonly VendorCase[] = [
  ...answers.map(toCase),
  ...nextProvider,
  lost('a reset before it was accepted', { at: 'body', drop: 'reset' }, 0, 'sms_answer_lost'),
  lost('a reset after it was accepted', { at: 'accepted', drop: 'reset' }, 1, 'sms_answer_lost'),
  lost('a timeout', { at: 'accepted', hold: 'silent' }, 1, 'sms_answer_lost'),
  lost('500', { at: 'body', answer: { status: 500 } }, 0, 'sms_answer_unclear'),
  lost('503 after it was accepted', { at: 'accepted', answer: { status: 503 } }, 1, 'sms_answer_unclear'),
  receipt(AGAIN, 30003, 'FAILED receipt_handset_unreachable; SCHEDULED retried_after_receipt in 60 s'),
  receipt(AGAIN, 30008, 'FAILED receipt_carrier_error; SCHEDULED retried_after_receipt in 60 s'),
  receipt(ENDED, 30004, 'FAILED receipt_number_blocked'),
  receipt(ENDED, 30005, 'FAILED receipt_number_unknown', true),
  receipt(ENDED, 30006, 'FAILED receipt_landline', true),
  receipt(ENDED, 30007, 'FAILED receipt_filtered'),
  {
    ...receipt(AGAIN, 30003, 'FAILED receipt_handset_unreachable'),
    name: 'receipt 30003 of a message that is of no use any more',
    async follow(stage, { row }) {
      await stage.pool.query(
        `UPDATE "NotificationDelivery" SET "expiresAt" = now() + interval '30 seconds' WHERE id = $1`,
        [row.id],
      )
      return reportUndelivered(stage, row.notificationId, 30003)
    },
  },
]

async function reportUndelivered(stage: VendorStage, notificationId: string, errorCode: number): Promise<string> {
  const [message] = (await stage.twilio.accepted()).slice(-1)
  if (!message) throw new Error('report a status: Twilio accepted nothing')
  const status = await stage.twilio.reportStatus(message.providerMessageId, { status: 'undelivered', errorCode })
  if (status !== 200) return `the report was answered with ${status}`
  const rows = await stage.readRows(notificationId)
  const described = rows.map((row) => {
    const due = row.dueInMs === null ? '' : ` in ${Math.round(row.dueInMs / 10_000) * 10} s`
    return `${row.status} ${row.reason}${due}`
  })
  return described.join('; ')
}

function openSms({ twilio, vonage, vonageKey, callbackUrl, tokens }: VendorStage, hasNext: boolean) {
  return createSmsChannel({
    twilio: { ...accounts.twilio, baseUrl: twilio.url, from: '+15005550006', statusCallbackUrl: callbackUrl },
    ...(hasNext && {
      vonage: {
        ...{ applicationId: accounts.vonage.applicationId, privateKey: vonageKey, from: 'Acme' },
        baseUrl: vonage.url,
      },
    }),
    tokens,
  })
}
