import { readHandOvers } from './hand-overs.ts'
import type { FaultStage } from './open-fault-stage.ts'

interface Row {
  readonly id: string
  readonly status: string
  readonly possiblySent: boolean
  readonly resends: number
}

/** What no round's own look shows: a message of an earlier round, or of nobody's, handed over during a later one. */
export async function judgeEverything(stage: FaultStage): Promise<Readonly<Record<string, readonly string[]>>> {
  const handOvers = await readHandOvers(stage)
  const { rows } = await stage.pool.query<Row>(
    `SELECT id, status, "possiblySent", resends FROM "NotificationDelivery" WHERE channel <> 'IN_APP'`,
  )
  const known = new Set(rows.map(({ id }) => id))
  const count = ({ id }: Row) => handOvers.get(id)?.length ?? 0
  const idsOf = (found: readonly Row[]) => found.map(({ id, status }) => `${id} ${status}`)
  const isSaidSent = ({ status }: Row) => status === 'SENT' || status === 'DELIVERED'
  return {
    'doubled undeclared, of all rows': idsOf(
      rows.filter((row) => count(row) > 1 && (!row.possiblySent || count(row) > 1 + row.resends)),
    ),
    'sent, says the row, and no provider has it': idsOf(rows.filter((row) => isSaidSent(row) && count(row) === 0)),
    'taken by a provider, but the row ended otherwise': idsOf(
      rows.filter((row) => count(row) > 0 && !isSaidSent(row) && !row.possiblySent),
    ),
    'handed over, and no row knows of it': [...handOvers.keys()].filter((id) => !known.has(id)),
  }
}
