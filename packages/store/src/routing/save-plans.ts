import { randomUUID } from 'node:crypto'
import type { OutboxRow } from '@carillon/contracts'
import { factKey, type NotificationToSave, type PlannedChunk, type SavedChunk, type WakeUp } from '@carillon/routing'
import type { PoolClient } from 'pg'
import { addMembers, joinDigests } from '../digests/join-digests.ts'
import type { OutcomeTuple } from '../outbox/outbox.ts'
import { onlyRow, runStatement } from '../run-statement.ts'
import type { FieldCipher } from '../sealing/field-cipher.ts'
import { ADJUST_EVENT_COUNTS, INSERT_PLANS, READ_OCCUPANTS, READ_PENDING } from '../sql/plan.ts'
import { collapseOlder, findCollapsing, lockCollapseKeys } from './collapse-older.ts'
import { describeOutcomes, listDeliveries, listWakeUps } from './deliveries-to-save.ts'
import { planColumns } from './plan-columns.ts'
import type { FirstLookMs } from './routing-store.ts'
import { type TakenEvents, takeEvents } from './take-events.ts'

type Conflict = SavedChunk['conflicts'][number]

export interface SavedPlans extends SavedChunk {
  readonly outbox: OutboxRow | null
  /** An event turned out to be a conflict after its row was written, or a stub in the way was swept: roll back, again. */
  readonly mustRepeat: boolean
}

interface InsertedRow {
  readonly notifications: number
  readonly deliveries: number
  readonly missing: readonly string[] | null
  readonly stopped: readonly OutcomeTuple[] | null
  readonly atMs: number
}

/** One pass inside a transaction: events → notifications with their deliveries → what stood there before. */
export async function savePlans(
  client: PoolClient,
  chunk: PlannedChunk,
  firstLookMs: FirstLookMs,
  cipher: FieldCipher,
): Promise<SavedPlans> {
  await lockCollapseKeys(client, findCollapsing(chunk.notifications))
  const taken = await takeEvents(client, chunk)
  const notifications = selectPlannable(chunk, taken)
  const deliveries = listDeliveries(notifications)
  const digests = await joinDigests(client, deliveries)
  const outboxId = randomUUID()
  const looks = [firstLookMs.urgent / 1_000, firstLookMs.normal / 1_000]
  const inserted = await insertPlans(client, planColumns(notifications, deliveries, cipher), [outboxId, ...looks])
  const missingIds = new Set(inserted.missing)
  const missing = notifications.filter((one) => missingIds.has(one.id))
  const { conflicts, repeated, hasVanished } = await describeMissing(client, missing, chunk)
  await adjustCounts(client, notifications, missingIds, taken.known)
  await collapseOlder(
    client,
    findCollapsing(notifications).filter((one) => !missingIds.has(one.id)),
  )
  const born = missing.length === 0 ? deliveries : deliveries.filter((one) => !missingIds.has(one.notification.id))
  await addMembers(client, born, digests)
  return {
    wakeUps: listWakeUps(born, inserted.stopped ?? []),
    repeated,
    conflicts: [...taken.conflicts, ...conflicts],
    insertedNotifications: inserted.notifications,
    insertedDeliveries: inserted.deliveries,
    outbox: describeOutcomes(outboxId, born, inserted),
    mustRepeat: conflicts.length > 0 || hasVanished,
  }
}

function selectPlannable({ notifications }: PlannedChunk, { isPlanned, isWhole }: TakenEvents) {
  if (isWhole) return notifications
  return notifications.filter((one) => isPlanned(one.tenantId, one.eventId))
}

async function insertPlans(
  client: PoolClient,
  columns: readonly (readonly unknown[])[],
  settings: readonly unknown[],
): Promise<InsertedRow> {
  if (columns[0]?.length === 0) return { notifications: 0, deliveries: 0, missing: null, stopped: null, atMs: 0 }
  return onlyRow(await runStatement<InsertedRow>(client, INSERT_PLANS, [...columns, ...settings]))
}

interface OccupantRow {
  readonly id: string
  readonly tenantId: string
  readonly recipientId: string
  readonly eventId: string | null
  readonly isStub: boolean
  readonly fingerprint: string | null
}

interface DescribedMissing {
  readonly conflicts: readonly Conflict[]
  readonly repeated: readonly WakeUp[]
  readonly hasVanished: boolean
}

async function describeMissing(
  client: PoolClient,
  missing: readonly NotificationToSave[],
  chunk: PlannedChunk,
): Promise<DescribedMissing> {
  if (missing.length === 0) return { conflicts: [], repeated: [], hasVanished: false }
  const rows = await runStatement<OccupantRow>(client, READ_OCCUPANTS, [missing.map((one) => one.id)])
  const occupants = new Map(rows.map((row) => [row.id, row]))
  const fingerprints = new Map(chunk.events.map((event) => [factKey(event.tenantId, event.id), event.fingerprint]))
  const conflicts = new Map<string, Conflict>()
  for (const one of missing) {
    const key = factKey(one.tenantId, one.eventId)
    const occupant = occupants.get(one.id)
    const message = occupant && describeConflict(one, occupant, fingerprints.get(key))
    if (message) conflicts.set(key, { tenantId: one.tenantId, eventId: one.eventId, message })
  }
  const hasVanished = occupants.size < missing.length
  if (conflicts.size > 0 || hasVanished) return { conflicts: [...conflicts.values()], repeated: [], hasVanished }
  const repeated = await runStatement<WakeUp>(client, READ_PENDING, [missing.map((one) => one.id)])
  return { conflicts: [], repeated, hasVanished }
}

function describeConflict(
  notification: NotificationToSave,
  occupant: OccupantRow,
  fingerprint: string | undefined,
): string | undefined {
  const isSamePerson = occupant.tenantId === notification.tenantId && occupant.recipientId === notification.recipientId
  if (!isSamePerson) return `notification ${notification.id} belongs to somebody else`
  if (occupant.eventId === notification.eventId || occupant.fingerprint === fingerprint) return undefined
  return `notification ${notification.id} was planned before by another event, with other content`
}

/** An event's row counts what was planned of it, however often and in however many chunks it came. */
async function adjustCounts(
  client: PoolClient,
  notifications: readonly NotificationToSave[],
  missingIds: ReadonlySet<string>,
  knownEvents: ReadonlySet<string>,
): Promise<void> {
  if (missingIds.size === 0 && knownEvents.size === 0) return
  const changes = new Map<string, { tenantId: string; eventId: string; added: number }>()
  for (const { id, tenantId, eventId } of notifications) {
    const isMissing = missingIds.has(id)
    const isCounted = !knownEvents.has(factKey(tenantId, eventId))
    if (isMissing !== isCounted) continue
    const change = changes.get(factKey(tenantId, eventId)) ?? { tenantId, eventId, added: 0 }
    change.added += isMissing ? -1 : 1
    changes.set(factKey(tenantId, eventId), change)
  }
  if (changes.size === 0) return
  const rows = [...changes.values()]
  const values = [rows.map((row) => row.tenantId), rows.map((row) => row.eventId), rows.map((row) => row.added)]
  await runStatement(client, ADJUST_EVENT_COUNTS, values)
}
