import { type Announce, changeDelivery, ENDED, type Memory } from './memory.ts'
import { keepOutcomes } from './outbox.ts'
import type { StoredDelivery } from './rows.ts'
import { stopDeliveries } from './stop-store.ts'

const WITHOUT_SUCCESS: ReadonlySet<string> = new Set(['FAILED', 'SUPPRESSED', 'EXPIRED'])

/** Ended rungs that left a dueAt make the next rung due, if it still waits for its first time. */
export function pullLadders(memory: Memory, announce: Announce, limit: number): number {
  const { tables } = memory
  const ended = [...tables.deliveries.values()]
    .filter((row) => isLeft(memory, row))
    .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
  const ids = [...new Set(ended.slice(0, limit).map((row) => row.notificationId))]
  const delivered = ids.filter((id) =>
    ended.some((row) => row.notificationId === id && row.status === 'DELIVERED' && row.stopOn === 'DELIVERED'),
  )
  const stopped = stopDeliveries(
    memory,
    delivered.map((id) => ({ id, kind: 'delivered' as const })),
  )
  const outbox = keepOutcomes(memory, stopped.changed)
  if (outbox) announce(outbox)
  return ids.reduce((pulled, id) => pulled + pullOne(memory, id), 0)
}

function isLeft({ nowMs }: Memory, row: StoredDelivery): boolean {
  return ENDED.has(row.status) && row.dueAt !== null && row.dueAt <= nowMs()
}

function pullOne(memory: Memory, notificationId: string): number {
  const rows = [...memory.tables.deliveries.values()].filter((row) => row.notificationId === notificationId)
  const left = rows.filter((row) => isLeft(memory, row))
  const next = findNext(memory, rows, left)
  for (const row of left) changeDelivery(memory, row, { dueAt: null })
  if (!next || next.dueAt === null) return 0
  const now = memory.nowMs()
  changeDelivery(memory, next, {
    dueAt: Math.min(next.dueAt, now),
    scheduledFor: Math.min(next.scheduledFor ?? now, now),
  })
  return 1
}

function findNext(
  memory: Memory,
  rows: readonly StoredDelivery[],
  left: readonly StoredDelivery[],
): StoredDelivery | undefined {
  const failed = left.filter((row) => WITHOUT_SUCCESS.has(row.status) && isClimbing(memory, row))
  if (failed.length === 0) return undefined
  const step = Math.max(...failed.map((row) => row.step))
  const [next] = rows
    .filter((row) => row.step > step && row.channel !== 'IN_APP')
    .filter((row) => !WITHOUT_SUCCESS.has(row.status) && row.status !== 'CANCELLED')
    .sort((a, b) => a.step - b.step)
  const isFirstTime = next?.status === 'SCHEDULED' && next.dispatchId === null && next.reason !== 'quiet_hours'
  return isFirstTime ? next : undefined
}

/** Nothing has stopped the ladder that the rung is on. */
function isClimbing({ tables }: Memory, { notificationId, stopOn }: StoredDelivery): boolean {
  const notification = tables.notifications.get(notificationId)
  if (!notification || notification.cancelledAt !== null) return false
  if (stopOn === 'READ') return notification.readAt === null && notification.acknowledgedAt === null
  return stopOn !== 'ACKNOWLEDGED' || notification.acknowledgedAt === null
}
