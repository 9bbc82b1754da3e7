import type { Claim, ClaimedDelivery, DeliveryStore, LoadedDelivery, SetAside } from '@carillon/delivery'
import { type Announce, changeDelivery, listById, type Memory } from './memory.ts'
import { keepOutcomes } from './outbox.ts'
import { type RefusedMove, recordResults } from './record-results.ts'
import { rowKey, type StoredDelivery } from './rows.ts'

export function createMemoryDeliveryStore(
  memory: Memory,
  announce: Announce,
  reportRefused: (refused: RefusedMove) => void,
): DeliveryStore {
  const { tables } = memory
  return {
    loadDeliveries: async (ids) => listById(tables.deliveries, ids).map((row) => toLoaded(memory, row)),
    findSuppressed: async (addresses) =>
      addresses.filter((one) => tables.suppressions.has(rowKey(one.tenantId, one.channel, one.addressHash))),
    async claimDeliveries(claims, leaseMs) {
      const claimed = uniqueById(claims).flatMap((claim) => claimOne(memory, claim, leaseMs))
      const outbox = keepOutcomes(memory, claimed)
      if (outbox) announce(outbox)
      return claimed.flatMap(toClaimed)
    },
    async setAside(rows) {
      const outbox = keepOutcomes(
        memory,
        uniqueById(rows).flatMap((row) => setAsideOne(memory, row)),
      )
      if (outbox) announce(outbox)
    },
    recordResults: async (results) => recordResults(memory, announce, reportRefused, results),
  }
}

function uniqueById<Row extends { readonly id: string }>(rows: readonly Row[]): Row[] {
  return [...new Map(rows.toReversed().map((row) => [row.id, row])).values()].reverse()
}

function claimOne(memory: Memory, { id, addressHash, provider }: Claim, leaseMs: number): StoredDelivery[] {
  const { tables, nowMs, removed } = memory
  const row = tables.deliveries.get(id)
  if (row?.status !== 'PENDING') return []
  const isOver = row.stopRequestedAt !== null || row.expiresAt <= nowMs()
  if (isOver && removed.has('D1 verdicts')) return []
  if (row.stopRequestedAt !== null)
    return [changeDelivery(memory, row, { status: 'CANCELLED', leaseUntil: null, reason: 'stopped' })]
  if (row.expiresAt <= nowMs())
    return [changeDelivery(memory, row, { status: 'EXPIRED', leaseUntil: null, reason: 'expired' })]
  const fence = row.fence + 1
  tables.attempts.set(rowKey(id, fence), {
    deliveryId: id,
    number: fence,
    fence,
    provider,
    providerMessageId: null,
    addressHash,
    outcome: null,
    reason: null,
    error: null,
    startedAt: nowMs(),
    endedAt: null,
  })
  const attemptCount = row.attemptCount + 1
  return [changeDelivery(memory, row, { status: 'SENDING', fence, attemptCount, leaseUntil: nowMs() + leaseMs })]
}

function toClaimed({ id, status, fence, attemptCount }: StoredDelivery): ClaimedDelivery[] {
  return status === 'SENDING' || status === 'CANCELLED' || status === 'EXPIRED'
    ? [{ id, status, fence, attemptCount }]
    : []
}

function setAsideOne(memory: Memory, one: SetAside): StoredDelivery[] {
  const { tables, nowMs, removed } = memory
  const row = tables.deliveries.get(one.id)
  if (row?.status !== 'PENDING') return []
  const dueAt = one.status === 'SCHEDULED' ? nowMs() + one.dueInMs : null
  if (row.stopRequestedAt !== null)
    return [changeDelivery(memory, row, { status: 'CANCELLED', dueAt: null, reason: 'stopped' })]
  if (dueAt !== null && dueAt >= row.expiresAt)
    return [changeDelivery(memory, row, { status: 'EXPIRED', dueAt: null, reason: 'expired' })]
  if (one.status === 'SCHEDULED')
    return [changeDelivery(memory, row, { status: 'SCHEDULED', dueAt, scheduledFor: dueAt, reason: one.reason })]
  const leaves = row.stopOn !== null && !removed.has('D6 sibling')
  return [changeDelivery(memory, row, { status: 'SUPPRESSED', dueAt: leaves ? nowMs() : null, reason: one.reason })]
}

function toLoaded({ tables }: Memory, row: StoredDelivery): LoadedDelivery {
  const { id, notificationId, tenantId, recipientId, channel, maxAttempts, resends } = row
  const notification = tables.notifications.get(notificationId)
  if (!notification) throw new Error(`delivery ${id} has no notification`)
  const event = tables.events.get(rowKey(tenantId, notification.eventId ?? ''))
  const person = tables.people.get(rowKey(tenantId, recipientId))
  const category = tables.categories.get(rowKey(tenantId, notification.category ?? ''))
  const isPending = row.status === 'PENDING'
  const { locale } = notification
  const metadata = isPending ? notification.metadata : null
  return {
    id,
    notificationId,
    tenantId,
    recipientId,
    channel,
    isPending,
    category: notification.category ?? 'general',
    isMandatory: category?.mandatoryChannels.includes(channel) ?? false,
    content: {
      title: (isPending && notification.title) || '',
      message: (isPending && notification.message) || '',
      ...(typeof metadata?.actionUrl === 'string' && { actionUrl: metadata.actionUrl }),
      ...(typeof metadata?.actionText === 'string' && { actionText: metadata.actionText }),
      ...(locale !== null && { locale }),
    },
    contact: notification.contact,
    // Only the address that the channel sends to is opened.
    user: person
      ? {
          email: row.channel === 'EMAIL' ? person.email : null,
          phone: row.channel === 'SMS' || row.channel === 'WHATSAPP' ? person.phone : null,
          preferences: person.preferences,
        }
      : null,
    devices: [],
    tenantPreferences: tables.tenants.get(tenantId)?.preferences ?? null,
    categoryPreferences: category?.preferences ?? null,
    mailIdentity: null,
    maxAttempts,
    resends,
    acceptedAt: new Date(event?.acceptedAt ?? notification.createdAt),
    expiresAt: new Date(row.expiresAt),
    traceparent: notification.traceparent,
  }
}
