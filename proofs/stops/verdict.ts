import { type StopAnswer, stopAnswerSchema } from '@carillon/contracts'
import type { FleetStage } from '@carillon/testkit'
import type { HandedOver } from './outlets.ts'
import type { Race } from './race.ts'

export interface Verdict {
  readonly counts: Readonly<Record<StopAnswer, number>>
  /** Stops that were asked for within 50 ms of the hand-over, or of when it would have come. */
  readonly close: number
  readonly violations: Readonly<Record<string, readonly string[]>>
}

interface Row {
  readonly id: string
  readonly name: string
  readonly step: number
  readonly status: string
  readonly attempts: number
}

const CLOSE_MS = 50

/** Each answer against the rows and the accept log. `raced` is the step whose hand-over was raced for. */
export async function judge(
  { pool }: FleetStage,
  races: readonly Race[],
  mails: readonly HandedOver[],
  { prefix, raced }: { readonly prefix: string; readonly raced: number },
): Promise<Verdict> {
  const rows = Map.groupBy(await readRows(pool, prefix), (row) => row.name)
  const raceNames = new Set(races.map(({ name }) => name))
  const mailsOf = Map.groupBy(mails, (mail) => mail.deliveryId ?? '')
  const judged = races.map((race) => {
    const own = rows.get(race.name) ?? []
    const row = own.find(({ step }) => step === raced)
    return { race, row, answer: answerOf(race), mails: mailsOf.get(row?.id ?? '-') ?? [] }
  })
  type Judged = (typeof judged)[number]
  const find = (is: (one: Judged) => boolean) =>
    judged.filter(is).map(({ race, row, answer }) => `${race.name} ${answer} ${row?.status}`)
  const gave = (answer: StopAnswer) => (one: Judged) => one.answer === answer

  return {
    counts: { cancelled: 0, possibly_sent: 0, too_late: 0, ...countAnswers(judged) },
    close: judged.filter(isClose).length,
    violations: {
      'no answer for it': find(({ answer, row }) => answer === undefined || row === undefined),
      'handed over, and cancelled was answered': find((one) => gave('cancelled')(one) && one.mails.length > 0),
      'an attempt, and cancelled was answered': find((one) => gave('cancelled')(one) && one.row?.attempts !== 0),
      'cancelled was answered, and the row is not': find(
        (one) => gave('cancelled')(one) && one.row?.status !== 'CANCELLED',
      ),
      'too late was answered, and it was not sent': find(
        (one) => gave('too_late')(one) && (one.row?.status !== 'SENT' || one.mails.length !== 1),
      ),
      'possibly sent was answered, and it did not end': find(
        (one) => gave('possibly_sent')(one) && !['SENT', 'CANCELLED'].includes(one.row?.status ?? ''),
      ),
      'handed over again after the stop': find(({ row, mails: own }) => own.length > 1 || (row?.attempts ?? 0) > 1),
      'not stopped, and not sent': [...rows]
        .filter(([name, own]) => !raceNames.has(name) && own.some((row) => row.status !== 'SENT'))
        .map(([name]) => name),
    },
  }
}

const PROGRESS: readonly StopAnswer[] = ['cancelled', 'possibly_sent', 'too_late']

/**
 * What was said of the raced delivery. A read answers in numbers; the last step of a ladder is the one that has come
 * least far, and where that is not so, the rows will say.
 */
function answerOf({ answers }: Race): StopAnswer | undefined {
  return PROGRESS.find((answer) => answers.includes(answer))
}

function isClose({ race, mails }: { race: Race; mails: readonly HandedOver[] }): boolean {
  const [mail] = mails
  const handedOverAtMs = mail === undefined ? race.expectedAtMs : Date.parse(mail.at)
  return Math.abs(race.askedAtMs - handedOverAtMs) <= CLOSE_MS
}

function countAnswers(judged: readonly { answer: StopAnswer | undefined }[]): Partial<Record<StopAnswer, number>> {
  return Object.fromEntries(
    stopAnswerSchema.options.map((answer) => [answer, judged.filter((one) => one.answer === answer).length]),
  )
}

async function readRows(pool: FleetStage['pool'], prefix: string): Promise<Row[]> {
  const { rows } = await pool.query<Row>(
    `SELECT d.id, n."groupId" AS name, d.step, d.status,
    (SELECT count(*)::int FROM "DeliveryAttempt" a WHERE a."deliveryId" = d.id) AS attempts
    FROM "NotificationDelivery" d JOIN "Notification" n ON n.id = d."notificationId"
    WHERE starts_with(n."groupId", $1)`,
    [prefix],
  )
  return rows
}
