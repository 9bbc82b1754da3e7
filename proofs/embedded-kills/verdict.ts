import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openPool } from '@carillon/store'
import { waitUntil } from '../fleet/wait-until.ts'
import { findPostgres } from './up-process.ts'

interface Row {
  readonly id: string
  readonly eventId: string
  readonly status: string
  readonly possiblySent: boolean
  readonly reason: string | null
  readonly resends: number
}

export interface Verdict {
  /** What must not be, with the ids that show it. */
  readonly violations: Readonly<Record<string, readonly string[]>>
  readonly byStatus: string
  readonly possiblySent: number
  readonly sentTwice: number
  readonly givenUp: number
}

const ENDS = new Set(['SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'SUPPRESSED', 'EXPIRED'])
// Of an e-mail.
const RESENDS_MAX = 2
const REST_MS_MAX = 180_000

/** Waits until nothing is left to do, then compares the 202s with the rows and with the mails that were simulated. */
export async function judge(dataDir: string, accepted: ReadonlyMap<string, number>): Promise<Verdict> {
  const { url } = await findPostgres(dataDir)
  const pool = openPool({ connectionString: url, max: 2, applicationName: 'proof' })
  try {
    await waitUntil('come to rest', REST_MS_MAX, async () => {
      const { rows } = await pool.query<{ planned: number; open: number }>(`SELECT
        (SELECT count(*)::int FROM "Event") AS planned,
        (SELECT count(*)::int FROM "NotificationDelivery" WHERE status::text NOT IN
          ('SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'SUPPRESSED', 'EXPIRED')) AS open`)
      const [seen] = rows
      return { isSo: seen?.planned === accepted.size && seen.open === 0, seen }
    })
    const { rows } = await pool.query<Row>(`SELECT d.id, n."eventId", d.status, d."possiblySent", d.reason, d.resends
      FROM "NotificationDelivery" d JOIN "Notification" n ON n.id = d."notificationId" WHERE d.channel = 'EMAIL'`)
    const events = await pool.query<{ id: string }>('SELECT id FROM "Event"')
    return compare(rows, events.rows, await countMails(dataDir), accepted)
  } finally {
    await pool.end()
  }
}

function compare(
  rows: readonly Row[],
  events: readonly { id: string }[],
  mails: ReadonlyMap<string, number>,
  accepted: ReadonlyMap<string, number>,
): Verdict {
  const rowsOf = Map.groupBy(rows, (row) => row.eventId)
  const known = new Set(rows.map((row) => row.id))
  const idsOf = (found: readonly Row[]) => found.map(({ id, status }) => `${id} ${status}`)
  const count = ({ id }: Row) => mails.get(id) ?? 0
  return {
    violations: {
      'accepted, but not planned as asked': [...accepted]
        .filter(([id, wanted]) => rowsOf.get(id)?.length !== wanted)
        .map(([id]) => id),
      'events that nobody was told of': events.filter(({ id }) => !accepted.has(id)).map(({ id }) => id),
      'without an end': idsOf(rows.filter((row) => !ENDS.has(row.status))),
      'ended otherwise than SENT, or honestly given up': idsOf(
        rows.filter((row) => row.status !== 'SENT' && !isGivenUp(row)),
      ),
      'SENT, but no mail': idsOf(rows.filter((row) => row.status === 'SENT' && count(row) === 0)),
      'sent twice without possiblySent': idsOf(rows.filter((row) => count(row) > 1 && !row.possiblySent)),
      'mails of no delivery': [...mails.keys()].filter((id) => !known.has(id)),
    },
    byStatus: [...Map.groupBy(rows, (row) => row.status)].map(([status, of]) => `${status} ${of.length}`).join(', '),
    possiblySent: rows.filter((row) => row.possiblySent).length,
    givenUp: rows.filter(isGivenUp).length,
    sentTwice: rows.filter((row) => count(row) > 1).length,
  }
}

/** Killed in mid-air with its first try and with both that were allowed after it: what became of it cannot be known. */
function isGivenUp({ status, reason, possiblySent, resends }: Row): boolean {
  return status === 'FAILED' && reason === 'outcome_unknown' && possiblySent && resends === RESENDS_MAX
}

async function countMails(dataDir: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const line of (await readFile(join(dataDir, 'outbox.jsonl'), 'utf8')).split('\n')) {
    // A kill may tear a line; what was torn was not recorded as sent either.
    const id = /"deliveryId":"([^"]+)"/.exec(line)?.[1]
    if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}
