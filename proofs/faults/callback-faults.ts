import { waitUntil } from '../fleet/wait-until.ts'
import { waitUntilUp } from '../kills/kill-all.ts'
import type { Fault } from './fault.ts'
import type { FaultStage } from './open-fault-stage.ts'
import { settle } from './processes.ts'

const TAKEN_MS_MAX = 60_000
const TOLD_MS_MAX = 90_000

interface Text {
  readonly phone: string
  readonly recipientId: string
  readonly expected: 'SENT' | 'DELIVERED'
}

/** What Twilio says afterwards, and how it goes wrong on the way; `before` is said while the send is not recorded yet. */
type Telling =
  | 'again and backwards'
  | 'forged, and nothing else'
  | 'while nobody applies it'
  | 'before the send was recorded'
const TELLINGS: readonly Telling[] = [
  'again and backwards',
  'forged, and nothing else',
  'while nobody applies it',
  'before the send was recorded',
]

export const CALLBACK_FAULTS: readonly Fault[] = [
  {
    name: 'callbacks doubled, reversed, forged, lost, late and early',
    async inject(stage, random, quick) {
      const each = quick ? 1 : 6
      const prefix = `report-${random.below(1_000_000)}`
      const texts: Text[] = []
      for (const telling of TELLINGS) {
        const stopped = telling === 'while nobody applies it'
        if (stopped) await stage.fleet.kill('receipts', 'SIGTERM')
        for (let index = 0; index < each; index++) texts.push(await tell(stage, telling, `${prefix}-${texts.length}`))
        if (stopped) await waitUntilUp(stage, 'receipts')
      }
      return { count: texts.length, broken: await findBroken(stage, texts) }
    },
  },
]

async function tell(stage: FaultStage, telling: Telling, recipientId: string): Promise<Text> {
  const phone = `+49151125${String(10_000 + (Bun.hash.crc32(recipientId) % 80_000))}`
  const isEarly = telling === 'before the send was recorded'
  if (isEarly) await stage.twilio.behave({ at: 'accepted', for: phone, hold: recipientId, times: 1 })
  await stage.api.post({
    type: 'PARCEL',
    message: `Parcel ${recipientId} is on its way.`,
    recipients: [{ userId: recipientId, phone }],
    channels: ['SMS'],
  })
  const id = await waitForMessage(stage, recipientId)
  if (telling === 'forged, and nothing else') {
    await stage.twilio.reportStatus(id, { status: 'undelivered', signature: 'forged' })
    await stage.twilio.reportStatus(id, { status: 'delivered', signature: 'missing' })
    return { phone, recipientId, expected: 'SENT' }
  }
  const order = telling === 'again and backwards' ? ['delivered', 'delivered', 'sent', 'queued'] : ['delivered']
  for (const status of order) await report(stage, id, status)
  if (isEarly) await stage.twilio.releaseHold(recipientId)
  return { phone, recipientId, expected: 'DELIVERED' }
}

async function waitForMessage({ twilio }: FaultStage, recipientId: string): Promise<string> {
  return waitUntil(`a text to ${recipientId}`, TAKEN_MS_MAX, async () => {
    const found = (await twilio.accepted()).find(({ text }) => text.includes(`${recipientId} `))
    return { isSo: found !== undefined, seen: found?.providerMessageId ?? '' }
  })
}

/** Repeated until it is taken, as providers do. */
async function report({ twilio }: FaultStage, id: string, status: string): Promise<void> {
  await waitUntil(`the report ${status} taken`, TAKEN_MS_MAX, async () => {
    const seen = await twilio.reportStatus(id, { status }).catch(String)
    return { isSo: seen === 200, seen }
  })
}

async function findBroken({ pool }: FaultStage, texts: readonly Text[]): Promise<string[]> {
  const expected = new Map(texts.map((text) => [text.recipientId, text.expected]))
  return settle(TOLD_MS_MAX, async () => {
    const { rows } = await pool.query<{ recipientId: string; status: string }>(
      `SELECT "recipientId", status FROM "NotificationDelivery" WHERE "recipientId" = ANY($1)`,
      [[...expected.keys()]],
    )
    const wrong = rows.filter(({ recipientId, status }) => expected.get(recipientId) !== status)
    const seen = wrong.map(({ recipientId, status }) => `${recipientId} is ${status}, not ${expected.get(recipientId)}`)
    return { isSo: seen.length === 0 && rows.length === texts.length, seen }
  })
}
