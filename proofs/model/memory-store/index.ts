import type { Database } from '../stores.ts'
import { FIRST_LOOK_MS, TENANT } from '../stores.ts'
import { createMemoryClockStore } from './clock-store.ts'
import { createMemoryDeliveryStore } from './delivery-store.ts'
import { createMemory } from './memory.ts'
import type { Removal } from './removals.ts'
import { createMemoryRoutingStore } from './routing-store.ts'
import { rowKey } from './rows.ts'
import { createMemoryStopStore } from './stop-store.ts'

/** The twin of the stores on Postgres: each call is one step that nothing interleaves. */
export function createMemoryDatabase(startMs: number, removed: ReadonlySet<Removal> = new Set()): Database {
  let now = startMs
  const memory = createMemory({ nowMs: () => now, removed })
  const { tables } = memory
  const refused: string[] = []
  tables.tenants.set(TENANT, { timeZone: null, locale: null, ladder: null, preferences: null })
  return {
    open: (announce) => ({
      routing: createMemoryRoutingStore(memory, announce, FIRST_LOOK_MS),
      delivery: createMemoryDeliveryStore(memory, announce, ({ error }) => void refused.push(String(error))),
      stops: createMemoryStopStore(memory, announce, () => undefined),
      clock: createMemoryClockStore(memory, announce, FIRST_LOOK_MS),
    }),
    async setNow(nowMs) {
      now = nowMs
    },
    readTables: async () => tables,
    async savePerson(person) {
      tables.people.set(rowKey(person.tenantId, person.id), person)
    },
    async saveCategory(tenantId, category) {
      tables.categories.set(rowKey(tenantId, category.code), category)
    },
    async serveChannel(channel) {
      tables.servedChannels.add(channel)
    },
    readRefused: () => refused,
    close: async () => undefined,
  }
}
