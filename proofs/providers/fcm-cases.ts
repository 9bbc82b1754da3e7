import { createPushChannel } from '@carillon/channel-push'
import type { PushBehaviour } from '@carillon/testkit'
import {
  about,
  type Expected,
  failed,
  notSent,
  QUICK_RETRY,
  retried,
  sent,
  unknown,
  type VendorCase,
} from './vendor-case.ts'

const P = 'fcm'
const TEN_SECONDS = about(10_000)
const breaker: Partial<Expected> = { provesTrouble: 'breaker open' }
const dead: Partial<Expected> = { devicesLeft: 0 }
const gone = failed(P, 'push_no_live_device', dead)
const busy = (reason: string, next = TEN_SECONDS) => retried(P, reason, next, breaker)

const TOKEN = 'UNREGISTERED; INVALID_ARGUMENT on the token'
const LATER = 'QUOTA_EXCEEDED, UNAVAILABLE, INTERNAL'
const LOST = 'no answer after the request was written'
const AUTH = 'THIRD_PARTY_AUTH_ERROR'

const received = (answer: PushBehaviour['answer']): PushBehaviour => ({ at: 'received', ...(answer && { answer }) })

type Row = readonly [line: string, name: string, behaviour: PushBehaviour | undefined, expected: Expected]
const rows: readonly Row[] = [
  ['id', 'an id', undefined, { ...sent(P), devicesLeft: 1 }],
  [TOKEN, 'UNREGISTERED', received({ code: 'UNREGISTERED' }), gone],
  [TOKEN, 'INVALID_ARGUMENT', received({ code: 'INVALID_ARGUMENT', field: 'message.token' }), gone],
  ['SENDER_ID_MISMATCH', 'SENDER_ID_MISMATCH', received({ code: 'SENDER_ID_MISMATCH' }), { ...gone, isAlert: true }],
  [LATER, 'QUOTA_EXCEEDED', received({ code: 'QUOTA_EXCEEDED' }), busy('push_quota_exceeded')],
  [
    LATER,
    'QUOTA_EXCEEDED with Retry-After',
    received({ code: 'QUOTA_EXCEEDED', retryAfter: '75' }),
    busy('push_quota_exceeded', about(75_000)),
  ],
  [LATER, 'UNAVAILABLE', received({ code: 'UNAVAILABLE' }), busy('push_service_unavailable')],
  [LATER, 'INTERNAL', received({ code: 'INTERNAL' }), busy('push_service_unavailable')],
  [
    LOST,
    'lost before it was accepted',
    { at: 'received', drop: 'reset' },
    unknown(P, 'push_answer_lost', { accepted: 0 }),
  ],
  [LOST, 'lost after it was accepted', { at: 'accepted', drop: 'reset' }, unknown(P, 'push_answer_lost')],
]

const cases: readonly VendorCase[] = rows.map(([line, name, behaviour, expected]) => ({
  ...{ table: 'FCM', line, name, channel: 'PUSH', expected },
  openChannel: ({ fcm }) => createPushChannel({ fcm: fcm.account }),
  misbehave: async ({ fcm }) => behaviour && fcm.behave(behaviour),
}))

/** The platform rests: a second message is not even asked of FCM. */
const platformStopped: VendorCase = {
  ...{ table: 'FCM', line: AUTH, name: AUTH, channel: 'PUSH' },
  openChannel: ({ fcm }) => createPushChannel({ fcm: fcm.account }),
  misbehave: ({ fcm }) => fcm.behave(received({ code: AUTH })),
  async follow({ fcm }, { sendAnother }) {
    const asked = (await fcm.requests()).length
    const { status, reason } = await sendAnother()
    return `${(await fcm.requests()).length - asked} more requests, ${status} ${reason}`
  },
  expected: notSent(P, 'push_platform_credentials', QUICK_RETRY, {
    isAlert: true,
    devicesLeft: 1,
    after: '0 more requests, SCHEDULED push_platform_held',
  }),
}

/** A repetition shows once on the phone: both carry the same name of the message. */
const repeatable: VendorCase = {
  ...{ table: 'FCM', line: LOST, name: 'safe to repeat', channel: 'PUSH' },
  openChannel: ({ fcm }) => createPushChannel({ fcm: fcm.account }),
  misbehave: ({ fcm }) => fcm.behave({ at: 'accepted', drop: 'reset' }),
  async follow({ fcm }, { row }) {
    const [newest] = (await fcm.requests()).slice(-1)
    return JSON.stringify(newest).includes(`"tag":"${row.id}"`) ? 'tagged' : 'not tagged'
  },
  expected: unknown(P, 'push_answer_lost', { after: 'tagged' }),
}

export const fcmCases: readonly VendorCase[] = [...cases, platformStopped, repeatable]
