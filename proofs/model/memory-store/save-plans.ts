import type { NotificationToSave, PlannedChunk, PlannedEvent, SavedChunk, WakeUp } from '@carillon/routing'
import { writeDispatches } from './dispatches.ts'
import { type Announce, type Memory, runAtomically } from './memory.ts'
import { keepOutcomes } from './outbox.ts'
import { type FirstLookMs, rowKey, type StoredDelivery, type StoredNotification } from './rows.ts'
import { toDelivery, toNotification } from './to-rows.ts'
import { listPending, toWakeUp } from './wake-ups.ts'

type Conflict = SavedChunk['conflicts'][number]

/** Repeats without the events that turned out to be conflicts, as a transaction that is rolled back. */
export function savePlans(
  memory: Memory,
  announce: Announce,
  firstLookMs: FirstLookMs,
  chunk: PlannedChunk,
): SavedChunk {
  const conflicts: Conflict[] = []
  for (let remaining = chunk; ; ) {
    const left = remaining
    const saved = runAtomically(
      memory,
      () => saveOnce(memory, firstLookMs, left),
      ({ late }) => late.length === 0,
    )
    conflicts.push(...saved.conflicts, ...saved.late)
    if (saved.late.length === 0) {
      if (saved.outbox) announce(saved.outbox)
      const { wakeUps, repeated, insertedNotifications, insertedDeliveries } = saved
      return { wakeUps, repeated, conflicts, insertedNotifications, insertedDeliveries }
    }
    const refused = new Set([...saved.conflicts, ...saved.late].map((one) => rowKey(one.tenantId, one.eventId)))
    remaining = {
      events: remaining.events.filter((event) => !refused.has(rowKey(event.tenantId, event.id))),
      notifications: remaining.notifications.filter((one) => !refused.has(rowKey(one.tenantId, one.eventId))),
    }
  }
}

function saveOnce(memory: Memory, firstLookMs: FirstLookMs, chunk: PlannedChunk) {
  const { tables } = memory
  const { planned, known, conflicts } = takeEvents(memory, chunk)
  const plannable = chunk.notifications.filter((one) => planned.has(rowKey(one.tenantId, one.eventId)))
  const born: StoredDelivery[] = []
  const missing: NotificationToSave[] = []
  const written = new Set<string>()
  const dispatches = new Map<string, string>()
  for (const one of plannable) {
    if (written.has(one.id)) throw new Error('ON CONFLICT DO UPDATE command cannot affect row a second time (21000)')
    const notification = fillNotification(memory, one)
    if (!notification) missing.push(one)
    else {
      written.add(one.id)
      tables.notifications.set(notification.id, notification)
      born.push(...listDeliveries(memory, one, notification, dispatches))
    }
  }
  for (const row of born) insertDelivery(memory, row)
  writeDispatches(memory, firstLookMs, born)
  const late = describeConflicts(memory, missing, chunk)
  adjustCounts(memory, plannable, new Set(missing.map((one) => one.id)), known)
  return {
    conflicts,
    late,
    outbox: keepOutcomes(memory, born),
    wakeUps: born.flatMap((row): WakeUp[] => (row.status === 'PENDING' ? [toWakeUp(row)] : [])),
    repeated: late.length > 0 ? [] : listPending(memory, new Set(missing.map((one) => one.id))),
    insertedNotifications: written.size,
    insertedDeliveries: born.length,
  }
}

function takeEvents({ tables, nowMs }: Memory, chunk: PlannedChunk) {
  const planned = new Set<string>()
  const known = new Set<string>()
  const conflicts: Conflict[] = []
  for (const event of chunk.events) {
    const key = rowKey(event.tenantId, event.id)
    const stored = tables.events.get(key)
    const { acceptedAt, ...content } = event
    const current = { acceptedAt: acceptedAt.getTime(), plannedAt: nowMs(), state: 'PLANNED' as const, reason: null }
    if (!stored) {
      const notificationCount = chunk.notifications.filter((one) => isOf(event, one)).length
      tables.events.set(key, { ...content, ...current, notificationCount })
      planned.add(key)
    } else if (stored.fingerprint === event.fingerprint || stored.state === 'REFUSED') {
      const { type, category, fingerprint, recipientCount } = event
      if (stored.state !== 'PLANNED' && stored.state !== 'PLANNING' && stored.state !== 'CANCELLED')
        tables.events.set(key, { ...stored, type, category, fingerprint, recipientCount, ...current })
      if (stored.state === 'CANCELLED') continue
      planned.add(key)
      known.add(key)
    } else {
      const message = `event id ${event.id} was used before with other content`
      conflicts.push({ tenantId: event.tenantId, eventId: event.id, message })
    }
  }
  return { planned, known, conflicts }
}

function isOf(event: PlannedEvent, one: NotificationToSave): boolean {
  return one.tenantId === event.tenantId && one.eventId === event.id
}

/** A new row, or the stub of a read with its content (D7); nothing where it was planned before or is somebody else's. */
function fillNotification({ tables, nowMs, removed }: Memory, one: NotificationToSave): StoredNotification | undefined {
  const stored = tables.notifications.get(one.id)
  const planned = toNotification(one, nowMs())
  if (!stored) return planned
  const isStub = stored.plannedAt === null && !removed.has('D7 no filling')
  if (!isStub || stored.tenantId !== one.tenantId || stored.recipientId !== one.recipientId) return undefined
  const { readAt, acknowledgedAt, cancelledAt } = stored
  return { ...planned, readAt, acknowledgedAt, cancelledAt }
}

function listDeliveries(
  memory: Memory,
  one: NotificationToSave,
  notification: StoredNotification,
  dispatches: Map<string, string>,
): StoredDelivery[] {
  return one.plan.deliveries.map((planned, index) => {
    const id = one.deliveryIds[index] ?? ''
    const key = `${planned.channel} ${one.plan.notification.lane}`
    if (planned.status === 'PENDING' && !dispatches.has(key)) dispatches.set(key, memory.newId())
    const dispatchId = planned.status === 'PENDING' ? (dispatches.get(key) ?? null) : null
    return toDelivery({ id, one, planned, dispatchId, notification }, memory)
  })
}

function insertDelivery({ tables }: Memory, row: StoredDelivery): void {
  if (tables.deliveries.has(row.id)) throw new Error(`delivery ${row.id} exists (23505)`)
  tables.deliveries.set(row.id, row)
}

function describeConflicts({ tables }: Memory, missing: readonly NotificationToSave[], chunk: PlannedChunk) {
  const conflicts = new Map<string, Conflict>()
  for (const one of missing) {
    const stored = tables.notifications.get(one.id)
    if (!stored) throw new Error(`notification ${one.id} vanished`)
    const fingerprint = chunk.events.find((event) => isOf(event, one))?.fingerprint
    const owner = tables.events.get(rowKey(stored.tenantId, stored.eventId ?? ''))
    const isSamePerson = stored.tenantId === one.tenantId && stored.recipientId === one.recipientId
    const { tenantId, eventId } = one
    if (!isSamePerson) {
      const message = `notification ${one.id} belongs to somebody else`
      conflicts.set(rowKey(tenantId, eventId), { tenantId, eventId, message })
    } else if (stored.eventId !== eventId && owner?.fingerprint !== fingerprint) {
      const message = `notification ${one.id} was planned before by another event, with other content`
      conflicts.set(rowKey(tenantId, eventId), { tenantId, eventId, message })
    }
  }
  return [...conflicts.values()]
}

function adjustCounts(
  { tables }: Memory,
  notifications: readonly NotificationToSave[],
  missing: ReadonlySet<string>,
  known: ReadonlySet<string>,
): void {
  for (const { id, tenantId, eventId } of notifications) {
    const key = rowKey(tenantId, eventId)
    const isCounted = !known.has(key)
    if (missing.has(id) !== isCounted) continue
    const event = tables.events.get(key)
    if (event) tables.events.set(key, { ...event, notificationCount: event.notificationCount + (isCounted ? -1 : 1) })
  }
}
