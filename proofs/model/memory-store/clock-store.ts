import { type ClockStore, type DueDelivery, type Fired, judgeDue, type ResendPolicy } from '@carillon/clock'
import { prioritySchema } from '@carillon/contracts'
import { inspectDispatches, recordPublished, writeDispatches } from './dispatches.ts'
import { pullLadders } from './ladders.ts'
import { type Announce, changeDelivery, type Memory } from './memory.ts'
import { keepOutcomes } from './outbox.ts'
import { type FirstLookMs, rowKey, type StoredDelivery } from './rows.ts'
import { toWakeUp } from './wake-ups.ts'

export function createMemoryClockStore(memory: Memory, announce: Announce, firstLookMs: FirstLookMs): ClockStore {
  const { tables, nowMs } = memory
  return {
    fireDue: async (limit) => fireDue(memory, announce, firstLookMs, limit),
    async resolveUnknown(limit, policy) {
      const rows = listDue(memory, 'UNKNOWN', limit).map((row) => resolveOne(memory, row, policy))
      const outbox = keepOutcomes(memory, rows)
      if (outbox) announce(outbox)
      return rows.length
    },
    pullLadders: async (limit) => pullLadders(memory, announce, limit),
    async readAgenda(outboxOlderThanMs) {
      const nextOf = (times: readonly number[]) => (times.length === 0 ? null : Math.min(...times) - nowMs())
      return {
        deliveries: nextOf([...tables.deliveries.values()].flatMap((row) => row.dueAt ?? [])),
        dispatches: nextOf([...tables.dispatches.values()].map((row) => row.dueAt)),
        outbox: nextOf([...tables.outbox.values()].map((row) => row.createdAt + outboxOlderThanMs)),
        ...{ held: null, schedules: null, receipts: null, fanouts: null, digests: null, erasures: null },
      }
    },
    inspectDispatches: async (limit, policy) => inspectDispatches(memory, announce, limit, policy),
    async findPending(wakeUps) {
      return wakeUps.filter(({ deliveryId, dispatchId }) => {
        const row = tables.deliveries.get(deliveryId)
        return row?.status === 'PENDING' && row.dispatchId === dispatchId
      })
    },
    recordPublished: async (dispatches) => recordPublished(memory, dispatches),
    takeOutbox: async (olderThanMs, limit) => takeOutbox(memory, olderThanMs, limit),
    async deleteOutbox(ids) {
      for (const id of ids) tables.outbox.delete(id)
    },
    async deleteStubs(olderThanMs, limit) {
      const old = [...tables.notifications.values()].filter(
        (one) => one.plannedAt === null && one.createdAt <= nowMs() - olderThanMs,
      )
      const deleted = old.sort((a, b) => a.createdAt - b.createdAt).slice(0, limit)
      for (const { id } of deleted) tables.notifications.delete(id)
      return deleted.length
    },
  }
}

function listDue({ tables, nowMs }: Memory, status: 'SCHEDULED' | 'UNKNOWN', limit: number): StoredDelivery[] {
  return [...tables.deliveries.values()]
    .filter((row) => row.status === status && row.dueAt !== null && row.dueAt <= nowMs())
    .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
    .slice(0, limit)
}

function fireDue(memory: Memory, announce: Announce, firstLookMs: FirstLookMs, limit: number): Fired {
  const { nowMs, removed } = memory
  const isOver = (row: StoredDelivery) => row.stopRequestedAt !== null || row.expiresAt <= nowMs()
  const due = listDue(memory, 'SCHEDULED', limit).filter((row) => !removed.has('D1 verdicts') || !isOver(row))
  const dispatches = new Map<string, string>()
  const rows = due.map((row) => {
    const verdict = decideFired(memory, row)
    const { status } = verdict
    const key = `${row.channel} ${row.lane}`
    if (status === 'PENDING' && !dispatches.has(key)) dispatches.set(key, memory.newId())
    return changeDelivery(memory, row, {
      status,
      dueAt: status === 'SCHEDULED' ? verdict.until : leavesDue(memory, row, verdict) ? nowMs() : null,
      scheduledFor: status === 'SCHEDULED' ? verdict.until : row.scheduledFor,
      dispatchId: status === 'PENDING' ? (dispatches.get(key) ?? null) : row.dispatchId,
      deliveredAt: status === 'DELIVERED' ? nowMs() : null,
      reason: verdict.reason,
    })
  })
  const fired = rows.filter((row) => row.status === 'PENDING')
  writeDispatches(memory, firstLookMs, fired)
  const outbox = keepOutcomes(memory, rows)
  if (outbox) announce(outbox)
  const held = rows.filter((row) => row.status === 'SCHEDULED').length
  return { wakeUps: fired.map(toWakeUp), held, ended: rows.length - fired.length - held, taken: rows.length }
}

interface FiredAs {
  readonly status: 'CANCELLED' | 'EXPIRED' | 'DELIVERED' | 'PENDING' | 'SCHEDULED' | 'SUPPRESSED'
  readonly until: number | null
  readonly reason: string | null
}

function decideFired({ tables, nowMs }: Memory, row: StoredDelivery): FiredAs {
  if (row.stopRequestedAt !== null) return { status: 'CANCELLED', until: null, reason: 'stopped' }
  if (row.expiresAt <= nowMs()) return { status: 'EXPIRED', until: null, reason: 'expired' }
  if (row.channel === 'IN_APP') return { status: 'DELIVERED', until: null, reason: null }
  const { status, until, reason } = judgeDue(toDue(tables, row), new Date(nowMs()))
  return { status, until: until?.getTime() ?? null, reason }
}

/** A rung that is passed over moves the ladder; one that expired with its message has none to move. */
function leavesDue({ removed }: Memory, { stopOn }: StoredDelivery, { status, reason }: FiredAs): boolean {
  const isPassedOver = (status === 'SUPPRESSED' || status === 'EXPIRED') && reason !== 'expired'
  return isPassedOver && stopOn !== null && !removed.has('D6 sibling')
}

function toDue({ notifications, people, categories, tenants }: Memory['tables'], row: StoredDelivery): DueDelivery {
  const notification = notifications.get(row.notificationId)
  const code = notification?.category ?? 'general'
  const { mandatoryChannels = [], preferences = null } = categories.get(rowKey(row.tenantId, code)) ?? {}
  return {
    ...row,
    priority: prioritySchema.parse(notification?.priority),
    expiresAt: new Date(row.expiresAt),
    user: people.get(rowKey(row.tenantId, row.recipientId)),
    category: { code, mandatoryChannels, preferences },
    tenant: tenants.get(row.tenantId) ?? { timeZone: null, preferences: null },
  }
}

function resolveOne(memory: Memory, row: StoredDelivery, policy: ResendPolicy): StoredDelivery {
  const { tables, nowMs, removed } = memory
  const dueAt = nowMs() + policy.resendAfterMs
  const status = decideResolved(row, policy, nowMs(), dueAt)
  const leaves = row.stopOn !== null && !removed.has('D6 sibling')
  const key = rowKey(row.id, row.fence)
  const attempt = tables.attempts.get(key)
  if (attempt)
    tables.attempts.set(key, {
      ...attempt,
      outcome: attempt.outcome ?? 'unknown',
      endedAt: attempt.endedAt ?? nowMs(),
    })
  return changeDelivery(memory, row, {
    status,
    possiblySent: true,
    resends: row.resends + (status === 'SCHEDULED' ? 1 : 0),
    dueAt: status === 'SCHEDULED' ? dueAt : leaves && status !== 'CANCELLED' ? nowMs() : null,
    scheduledFor: status === 'SCHEDULED' ? dueAt : row.scheduledFor,
    reason: status === 'CANCELLED' ? 'stopped' : status === 'EXPIRED' ? 'expired' : 'outcome_unknown',
  })
}

function decideResolved(
  row: StoredDelivery,
  { maxResends }: ResendPolicy,
  nowMs: number,
  dueAt: number,
): 'CANCELLED' | 'EXPIRED' | 'FAILED' | 'SCHEDULED' {
  if (row.stopRequestedAt !== null) return 'CANCELLED'
  if (row.expiresAt <= nowMs) return 'EXPIRED'
  if (row.atMostOnce || row.resends >= maxResends[row.channel]) return 'FAILED'
  return row.expiresAt <= dueAt ? 'EXPIRED' : 'SCHEDULED'
}

function takeOutbox({ tables, nowMs }: Memory, olderThanMs: number, limit: number) {
  const before = nowMs() - olderThanMs
  const rows = [...tables.outbox.values()]
    .filter((row) => row.createdAt <= before && (row.takenAt === null || row.takenAt <= before))
    .sort((a, b) => a.createdAt - b.createdAt)
    .slice(0, limit)
  for (const row of rows) tables.outbox.set(row.id, { ...row, takenAt: nowMs() })
  return rows.map(({ id, topic, records }) => ({ id, topic, records }))
}
