import type { DecidedEvent, HeldEvents } from './held-ports.ts'

export type MemoryHeldEvent = DecidedEvent & { readonly tenantId: string; readonly cancelKey?: string }

/** Events that wait, in memory: as much of them as routes show. */
export function createMemoryHeld(rows: Map<string, MemoryHeldEvent>, now: () => Date): HeldEvents {
  function decide(tenantId: string, eventId: string, change: Partial<DecidedEvent>): DecidedEvent | undefined {
    const row = rows.get(eventId)
    if (row?.tenantId !== tenantId) return undefined
    if (row.decidedAt !== null) return { ...row, isChanged: false }
    const decided = { ...row, ...change, decidedAt: now(), isChanged: true }
    rows.set(eventId, decided)
    return decided
  }
  return {
    approveEvent: async (tenantId, eventId, by) => decide(tenantId, eventId, { decidedBy: by }),
    rejectEvent: async (tenantId, eventId, by) => decide(tenantId, eventId, { decidedBy: by, state: 'REJECTED' }),
    async cancelKey(tenantId, cancelKey) {
      const named = [...rows.values()].filter((row) => row.tenantId === tenantId && row.cancelKey === cancelKey)
      const eventIds = named.map((row) => row.eventId)
      for (const eventId of eventIds) decide(tenantId, eventId, { state: 'CANCELLED' })
      return { eventIds, stopped: { cancelled: 2, too_late: 1, possibly_sent: 0 } }
    },
  }
}
