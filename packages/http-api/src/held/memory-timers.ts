import type { Timer, Timers } from './timer-ports.ts'

/** The last timer under each key, in memory. */
export function createMemoryTimers(now: () => Date): Timers {
  const timers = new Map<string, Timer>()
  const nameOf = (tenantId: string, key: string) => JSON.stringify([tenantId, key])
  return {
    async setTimer(tenantId, { key, due, onDue }) {
      const dueAt = 'at' in due ? due.at : new Date(now().getTime() + due.afterSeconds * 1_000)
      const timer: Timer = { id: `tmr_${key}`, key, state: 'WAITING', onDue, dueAt, endedAt: null, createdAt: now() }
      timers.set(nameOf(tenantId, key), timer)
      return timer
    },
    async endTimer(tenantId, key, how) {
      const timer = timers.get(nameOf(tenantId, key))
      if (timer?.state !== 'WAITING') return timer && { ...timer, isEndedNow: false }
      const state = how === 'cancelled' ? 'CANCELLED' : 'ACKNOWLEDGED'
      timers.set(nameOf(tenantId, key), { ...timer, state, endedAt: now() })
      return { ...timer, state, endedAt: now(), isEndedNow: true }
    },
    findTimer: async (tenantId, key) => timers.get(nameOf(tenantId, key)),
    listTimers: async (tenantId, _before, limit) =>
      [...timers].flatMap(([name, timer]) => (name === nameOf(tenantId, timer.key) ? [timer] : [])).slice(0, limit),
  }
}
