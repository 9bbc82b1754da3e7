import { randomUUID } from 'node:crypto'
import { deriveNotificationId } from '@carillon/contracts'
import { createRoutingStore } from '@carillon/store'
import type { Pool } from 'pg'
import { CODES, PEOPLE } from '../catalogue.ts'
import { createSubject, runCall, type Subject } from '../differential/run-call.ts'
import { openPostgresDatabase, type PostgresDatabase } from '../postgres/open.ts'
import { type Database, TENANT } from '../stores.ts'
import type { GuardResult } from './guard-result.ts'
import { changeText } from './removals.ts'

/** Guards that only matter between two transactions: raced on Postgres, as they are and taken out. */
export async function runRaces(): Promise<GuardResult[]> {
  const postgres = await openPostgresDatabase({ connections: 6 })
  try {
    const inOrder = await raceClaims(postgres, false)
    const inTwoOrders = await raceClaims(postgres, true)
    const inTwoStatements = await raceReadWithPlan(postgres, readInTwoStatements)
    const inOneStatement = await raceReadWithPlan(postgres, readInOneStatement)
    return [
      {
        guard: 'D4',
        how: 'a claim locks its rows in another order than its neighbour',
        failed: inOrder === 0 && inTwoOrders > 0 ? `${inTwoOrders} deadlock, none in one order` : null,
        ...RACE,
      },
      {
        guard: 'D5',
        how: 'a read says it and stops in one statement',
        failed:
          inTwoStatements.length === 0 && inOneStatement.length > 0
            ? `${inOneStatement.join(' and ')} of a message that was read, none in two statements`
            : null,
        ...RACE,
      },
    ]
  } finally {
    await postgres.close()
  }
}

const RACE = { where: 'race', sequences: 1, story: null } as const
const NOW_MS = Date.parse('2026-03-02T08:00:00Z')

async function prepare(postgres: PostgresDatabase): Promise<Subject> {
  await postgres.empty()
  const database: Database = postgres
  await database.setNow(NOW_MS)
  for (const person of PEOPLE) await database.savePerson(person)
  await database.saveCategory(TENANT, CODES)
  for (const channel of ['EMAIL', 'SMS'] as const) await database.serveChannel(channel)
  return createSubject(database)
}

function routeOne(subject: Subject, kind: 'alarm' | 'steps', people: readonly string[]): Promise<unknown> {
  const call = { call: 'route', events: [{ kind, number: 0, people, acceptedMsAgo: 0 }], isPublished: true } as const
  return subject.database.readTables().then((tables) => runCall(subject, call, tables, NOW_MS))
}

/**
 * Somebody holds the middle one of three rows. The first claim has the lowest and waits for it; the second comes from
 * the other end and waits too: when it is free, each holds what the other needs.
 */
async function raceClaims(postgres: PostgresDatabase, isReversed: boolean): Promise<number> {
  const subject = await prepare(postgres)
  await routeOne(subject, 'alarm', ['ann', 'bob'])
  const ids = [...(await postgres.readTables()).deliveries.keys()].sort().slice(0, 3)
  const claims = ids.map((id) => ({ id, addressHash: 'hash', provider: 'fake' }))
  const conflicts = postgres.countConflicts()
  const holder = await postgres.pool.connect()
  await holder.query('BEGIN')
  await holder.query('SELECT FROM "NotificationDelivery" WHERE id = $1 FOR NO KEY UPDATE', [ids[1]])
  const first = subject.stores.delivery.claimDeliveries(claims, 10_000)
  await waitForWaiting(postgres.pool, 1)
  if (isReversed) postgres.change(reverseClaims)
  const second = subject.stores.delivery.claimDeliveries(claims, 10_000)
  postgres.change(undefined)
  await waitForWaiting(postgres.pool, 2)
  await holder.query('COMMIT')
  holder.release()
  await Promise.all([first, second])
  return postgres.countConflicts() - conflicts
}

function reverseClaims(name: string, text: string): string {
  const reversed = { from: 'ORDER BY d.id FOR NO KEY UPDATE', to: 'ORDER BY d.id DESC FOR NO KEY UPDATE' }
  return name === 'claim-deliveries' ? changeText(name, text, [reversed]) : text
}

/** A router is about to commit; the read waits for its row. What still waits to be sent afterwards was missed. */
async function raceReadWithPlan(
  postgres: PostgresDatabase,
  read: (subject: Subject, postgres: PostgresDatabase) => Promise<unknown>,
): Promise<string[]> {
  const held = holdCommit(postgres.pool)
  const routing = createRoutingStore({ pool: held.pool, announce: () => undefined })
  const withHeld = (subject: Subject) => ({ ...subject, stores: { ...subject.stores, routing } })
  const before = withHeld(await prepare(postgres))
  // What is new is saved by one statement, which no commit follows: after an event that comes again it is a transaction.
  for (const _ of ['new', 'again']) await routeOne(before, 'alarm', ['bob'])
  const subject = await prepare(postgres)
  held.arm()
  const routed = routeOne(withHeld(subject), 'steps', ['ann'])
  await held.isReached
  const reading = read(subject, postgres)
  await waitForWaiting(postgres.pool, 1)
  held.release()
  await Promise.all([routed, reading])
  const { notifications, deliveries } = await postgres.readTables()
  if (![...notifications.values()].every((one) => one.readAt !== null)) throw new Error('the read was not kept')
  const statuses = [...deliveries.values()].map((row) => row.status)
  return [...new Set(statuses.filter((status) => status === 'PENDING' || status === 'SCHEDULED'))].sort()
}

function readInTwoStatements({ stores }: Subject): Promise<unknown> {
  const notificationId = deriveNotificationId(TENANT, 'event-0', 'ann')
  return stores.stops.stopNotifications([
    { kind: 'read', tenantId: TENANT, notificationId, userId: 'ann', source: 'kafka' },
  ])
}

/** The two texts as one: both parts see what was committed before the first of them began. */
async function readInOneStatement({ stores }: Subject, postgres: PostgresDatabase): Promise<unknown> {
  const texts = new Map<string, string>()
  postgres.change((name, text) => {
    texts.set(name, text)
    return text
  })
  const elsewhere = { kind: 'read', tenantId: TENANT, notificationId: 'other', userId: 'bob', source: 'kafka' } as const
  await stores.stops.stopNotifications([elsewhere])
  postgres.change(undefined)
  await postgres.pool.query('DELETE FROM "Notification" WHERE "plannedAt" IS NULL')
  const [say, stop] = ['read-or-leave-stubs', 'stop-deliveries'].map((name) => texts.get(name))
  if (!say || !stop?.startsWith('WITH ')) throw new Error('the two statements of a stop were not seen')
  const renumbered = stop.slice('WITH '.length).replaceAll(/\$(\d)/g, (_, number) => `$${Number(number) + 4}`)
  const id = deriveNotificationId(TENANT, 'event-0', 'ann')
  const values = [[id], [TENANT], ['ann'], [null], [id], ['read'], randomUUID()]
  return postgres.pool.query(`WITH said AS (${say}), ${renumbered}`, values)
}

/** Lets everything pass but a COMMIT, which waits from now on until it is let go. */
function holdCommit(pool: Pool) {
  const reached = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  let isArmed = false
  const wrap = (target: object): object =>
    new Proxy(target, {
      get(inner, property) {
        const value = Reflect.get(inner, property)
        if (typeof value !== 'function') return value
        if (property === 'connect') return async () => wrap(await Reflect.apply(value, inner, []))
        if (property !== 'query') return value.bind(inner)
        return async (...given: unknown[]) => {
          if (isArmed && given[0] === 'COMMIT') {
            reached.resolve()
            await released.promise
          }
          return Reflect.apply(value, inner, given)
        }
      },
    })
  return {
    pool: wrap(pool) as Pool,
    isReached: reached.promise,
    arm() {
      isArmed = true
    },
    release: released.resolve,
  }
}

const WAIT_MS_MAX = 10_000

async function waitForWaiting(pool: Pool, count: number): Promise<void> {
  const untilMs = performance.now() + WAIT_MS_MAX
  while (performance.now() < untilMs) {
    const { rows } = await pool.query<{ waiting: number }>(WAITING)
    if ((rows[0]?.waiting ?? 0) >= count) return
  }
  throw new Error(`no ${count} statements wait for a lock`)
}

const WAITING = `SELECT count(*)::int AS waiting FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'`
