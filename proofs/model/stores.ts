import type { ClockStore } from '@carillon/clock'
import type { OutboxRow, SentChannel } from '@carillon/contracts'
import type { DeliveryStore, StopStore } from '@carillon/delivery'
import type { CategoryFacts } from '@carillon/planning'
import type { RoutingStore } from '@carillon/routing'
import type { StoredPerson, Tables } from './memory-store/rows.ts'

/** The stores of one process; what they announce is that process's to publish. */
export interface ProcessStores {
  readonly routing: RoutingStore
  readonly delivery: DeliveryStore
  readonly stops: StopStore
  readonly clock: ClockStore
}

/** One database, in memory or on Postgres, with a clock that only moves when it is told to. */
export interface Database {
  open(announce: (row: OutboxRow) => void): ProcessStores
  /** Moves the database's clock; everything decides by it. */
  setNow(nowMs: number): Promise<void>
  readTables(): Promise<Tables>
  savePerson(person: StoredPerson): Promise<void>
  saveCategory(tenantId: string, category: CategoryFacts): Promise<void>
  serveChannel(channel: SentChannel): Promise<void>
  /** Moves that the trigger refused so far. */
  readRefused(): readonly string[]
  close(): Promise<void>
}

export const TENANT = 'default'
export const FIRST_LOOK_MS = { urgent: 3_000, normal: 30_000 }
