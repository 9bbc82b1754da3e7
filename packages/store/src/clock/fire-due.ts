import { randomUUID } from 'node:crypto'
import { type DueDelivery, type DueVerdict, type Fired, judgeDue } from '@carillon/clock'
import type { Channel, Preferences, Priority } from '@carillon/contracts'
import type { WakeUp } from '@carillon/routing'
import type { Pool, PoolClient } from 'pg'
import { type Announce, announceOutcomes, type OutcomeTuple } from '../outbox/outbox.ts'
import type { FirstLookMs } from '../routing/routing-store.ts'
import { runStatement, toColumns } from '../run-statement.ts'
import { FIRE_DUE, TAKE_DUE } from '../sql/fire.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'

interface DueRow {
  readonly id: string
  readonly channel: Channel
  readonly step: number
  readonly expiresAt: Date
  readonly now: Date
  readonly priority: Priority
  readonly category: string
  readonly isKnown: boolean
  readonly timeZone: string | null
  readonly preferences: Preferences
  readonly mandatoryChannels: readonly Channel[] | null
  readonly categoryPreferences: Preferences | null
  readonly tenantTimeZone: string | null
  readonly tenantPreferences: Preferences | null
}

type FiredRow = Omit<WakeUp, 'dispatchId'> & {
  readonly status: string
  readonly dispatchId: string | null
  readonly outcome: OutcomeTuple | null
}

/** take → judge → fire, under the locks of the first statement. */
export async function fireDue(pool: Pool, announce: Announce, limit: number, firstLookMs: FirstLookMs): Promise<Fired> {
  const outboxId = randomUUID()
  const looks = [firstLookMs.urgent / 1_000, firstLookMs.normal / 1_000]
  const rows = await repeatConflicts('fire due deliveries', () =>
    inTransaction(pool, async (client) => fire(client, await takeDue(client, limit), [outboxId, ...looks])),
  )
  announceOutcomes(announce, outboxId, rows)
  return toFired(rows)
}

function takeDue(client: PoolClient, limit: number): Promise<DueRow[]> {
  return runStatement<DueRow>(client, TAKE_DUE, [limit])
}

async function fire(client: PoolClient, due: readonly DueRow[], settings: readonly unknown[]): Promise<FiredRow[]> {
  if (due.length === 0) return []
  const judged = due.map((row) => ({ id: row.id, now: row.now, ...judgeDue(toDue(row), row.now) }))
  const columns = toColumns(judged, [
    (one) => one.id,
    (one) => one.status,
    (one) => one.until?.toISOString() ?? null,
    (one) => one.reason,
    (one) => sayDecisions(one.decisions, one.now),
  ])
  return await runStatement<FiredRow>(client, FIRE_DUE, [...settings, ...columns])
}

/** With its moment, because a delivery may be held more than once. */
function sayDecisions(decisions: DueVerdict['decisions'], now: Date): string | null {
  if (decisions.length === 0) return null
  return JSON.stringify(decisions.map((decision) => ({ ...decision, at: now.toISOString() })))
}

function toDue(row: DueRow): DueDelivery {
  const { id, channel, step, priority, expiresAt, timeZone, preferences } = row
  return {
    id,
    channel,
    step,
    priority,
    expiresAt,
    user: row.isKnown ? { timeZone, preferences } : undefined,
    category: {
      code: row.category,
      mandatoryChannels: row.mandatoryChannels ?? [],
      preferences: row.categoryPreferences,
    },
    tenant: { timeZone: row.tenantTimeZone, preferences: row.tenantPreferences },
  }
}

function toFired(rows: readonly FiredRow[]): Fired {
  const wakeUps = rows.flatMap(({ outcome, dispatchId, status, ...row }) =>
    dispatchId === null ? [] : [{ ...row, dispatchId }],
  )
  const held = rows.filter((row) => row.status === 'SCHEDULED').length
  return { wakeUps, held, ended: rows.length - wakeUps.length - held, taken: rows.length }
}
