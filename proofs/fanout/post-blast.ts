import type { FanoutStatus } from '@carillon/contracts'
import type { FleetStage } from '@carillon/testkit'

/** An event for everybody, by mail. */
export async function postBlast({ api }: FleetStage): Promise<string> {
  const { status, body } = await api.post({
    type: 'ANNOUNCEMENT',
    title: 'News for all',
    message: 'The market opens at nine.',
    audience: { everyone: true },
    channels: ['EMAIL'],
  })
  if (status !== 202) throw new Error(`post an event for everybody: ${status} ${JSON.stringify(body)}`)
  return body.eventId
}

/** Straight from its row, because an answer of the API takes its time with so many deliveries. */
export async function readResolved({ pool }: FleetStage, eventId: string) {
  const { rows } = await pool.query<{ resolved: number; status: FanoutStatus | null }>(
    `SELECT resolved, status FROM "Fanout" WHERE "tenantId" = 'default' AND "eventId" = $1`,
    [eventId],
  )
  return rows[0] ?? { resolved: 0, status: null }
}

export async function readDatabaseTime({ pool }: FleetStage): Promise<Date> {
  const { rows } = await pool.query<{ now: Date }>('SELECT now()')
  if (!rows[0]) throw new Error('read the time: no row')
  return rows[0].now
}
