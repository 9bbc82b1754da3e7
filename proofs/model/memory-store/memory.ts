import type { DeliveryStatus, OutboxRow } from '@carillon/contracts'
import type { Removal } from './removals.ts'
import type { StoredDelivery, Tables } from './rows.ts'

/** What every in-memory store shares: the tables, one clock for all, and which guards were taken out. */
export interface Memory {
  readonly tables: Tables
  readonly nowMs: () => number
  readonly removed: ReadonlySet<Removal>
  readonly newId: () => string
}

/** After the commit, as the stores on Postgres do. */
export type Announce = (row: OutboxRow) => void

export interface MemoryOptions {
  readonly nowMs: () => number
  readonly removed?: ReadonlySet<Removal>
}

export function createMemory({ nowMs, removed = new Set() }: MemoryOptions): Memory {
  let count = 0
  const newId = () => {
    count += 1
    return `00000000-0000-4000-8000-${count.toString(16).padStart(12, '0')}`
  }
  return { tables: createTables(), nowMs, removed, newId }
}

function createTables(): Tables {
  return {
    events: new Map(),
    notifications: new Map(),
    deliveries: new Map(),
    attempts: new Map(),
    dispatches: new Map(),
    outbox: new Map(),
    suppressions: new Map(),
    people: new Map(),
    categories: new Map(),
    tenants: new Map(),
    servedChannels: new Set(),
  }
}

/** All or nothing; `isKept` false rolls back as an error does. Rows are never changed in place, so copies are shallow. */
export function runAtomically<Result>(
  { tables }: Memory,
  work: () => Result,
  isKept: (result: Result) => boolean = () => true,
): Result {
  const before = copyTables(tables)
  try {
    const result = work()
    if (!isKept(result)) Object.assign(tables, before)
    return result
  } catch (error) {
    Object.assign(tables, before)
    throw error
  }
}

function copyTables(tables: Tables): Tables {
  return {
    ...tables,
    events: new Map(tables.events),
    notifications: new Map(tables.notifications),
    deliveries: new Map(tables.deliveries),
    attempts: new Map(tables.attempts),
    dispatches: new Map(tables.dispatches),
    outbox: new Map(tables.outbox),
    suppressions: new Map(tables.suppressions),
  }
}

export const ENDED: ReadonlySet<DeliveryStatus> = new Set<DeliveryStatus>([
  'SENT',
  'DELIVERED',
  'FAILED',
  'CANCELLED',
  'SUPPRESSED',
  'EXPIRED',
])

/** The moves that the trigger lets pass. */
const MOVES: Readonly<Record<DeliveryStatus, readonly DeliveryStatus[]>> = {
  SCHEDULED: ['PENDING', 'CANCELLED', 'EXPIRED', 'SUPPRESSED', 'SENT', 'FAILED', 'DELIVERED'],
  PENDING: ['SENDING', 'SCHEDULED', 'CANCELLED', 'EXPIRED', 'SUPPRESSED', 'SENT', 'FAILED', 'DELIVERED'],
  SENDING: ['SENT', 'FAILED', 'SCHEDULED', 'CANCELLED', 'EXPIRED', 'UNKNOWN', 'DELIVERED'],
  UNKNOWN: ['SENT', 'DELIVERED', 'SCHEDULED', 'FAILED', 'CANCELLED', 'EXPIRED'],
  SENT: ['DELIVERED', 'FAILED'],
  DELIVERED: [],
  FAILED: [],
  CANCELLED: [],
  SUPPRESSED: [],
  EXPIRED: [],
}

/** Every change of a delivery goes through here, as every UPDATE goes through the trigger (D3). */
export function changeDelivery(
  { tables, removed }: Memory,
  row: StoredDelivery,
  change: Partial<StoredDelivery>,
): StoredDelivery {
  const changed = { ...row, ...change }
  const isAllowed = changed.status === row.status || MOVES[row.status].includes(changed.status)
  if (!isAllowed && !removed.has('D3 trigger')) throw refuseMove(row, changed.status)
  tables.deliveries.set(row.id, changed)
  return changed
}

function refuseMove({ id, status }: StoredDelivery, to: DeliveryStatus): Error {
  return Object.assign(new Error(`delivery ${id} may not move from ${status} to ${to}`), { code: MOVE_REFUSED })
}

const MOVE_REFUSED = 'CA001'

export function isRefusedMove(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === MOVE_REFUSED
}

export function listById<Row>(rows: ReadonlyMap<string, Row>, ids: readonly string[]): Row[] {
  return ids.flatMap((id) => rows.get(id) ?? [])
}
