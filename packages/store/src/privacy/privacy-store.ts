import { randomUUID } from 'node:crypto'
import type { ErasedCounts, PersonExport } from '@carillon/contracts'
import type { KeptOfPerson, PrivacyStore as PrivacyDesk } from '@carillon/http-api'
import type { Pool, PoolClient } from 'pg'
import { changeInboxes } from '../inbox/inbox-changes.ts'
import { announceOutcomes, type OutcomeTuple } from '../outbox/outbox.ts'
import { createUserStore } from '../people/user-store.ts'
import type { StorePorts } from '../routing/routing-store.ts'
import { onlyRow, runStatement } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import { openJson } from '../sealing/sealed-json.ts'
import {
  DELETE_PERSON,
  END_ERASURE,
  EXPORT_DEVICES,
  EXPORT_NOTIFICATIONS,
  EXPORT_TOPICS,
  MARK_ERASED,
  SCRUB_DELIVERIES,
  SCRUB_NOTIFICATIONS,
  TAKE_DUE_ERASURES,
} from '../sql/privacy.ts'
import { STOP_DELIVERIES } from '../sql/stop.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'
import { eraseFromSchedules, eraseFromWaiting } from './erase-from-waiting.ts'

export interface PrivacyStore extends PrivacyDesk {
  /** Goes once more over those who were erased a while ago; answers how many people that were. */
  sweepErased(limit: number): Promise<number>
}

const BATCH_ROWS = 200
const EXPORTED_MAX = 5_000
/** Longer than any statement may run: a router that had read its facts before is done by then. */
const SWEEP_AFTER_SECONDS = 60

export function createPrivacyStore(ports: StorePorts): PrivacyStore {
  const { pool } = ports
  return {
    exportPerson: (tenantId, userId) => exportPerson(pool, tenantId, userId),
    async erasePerson(tenantId, userId) {
      // First of all, so that nothing is planned from here on that was accepted before.
      await repeatConflicts('mark a person erased', () =>
        runStatement(pool, MARK_ERASED, [tenantId, userId, SWEEP_AFTER_SECONDS]),
      )
      return eraseRows(ports, tenantId, userId)
    },
    async sweepErased(limit) {
      const due = await runStatement<ErasureRow>(pool, TAKE_DUE_ERASURES, [limit])
      for (const { tenantId, userId, erasedAt } of due) {
        await eraseFromWaiting(pool, { tenantId, userId }, erasedAt)
        await scrubAll(ports, tenantId, userId)
        await runStatement(pool, END_ERASURE, [tenantId, userId])
      }
      return due.length
    },
  }
}

type ErasureRow = { readonly tenantId: string; readonly userId: string; readonly erasedAt: Date }

async function eraseRows(ports: StorePorts, tenantId: string, userId: string): Promise<ErasedCounts> {
  const deleted = await repeatConflicts('delete a person', () =>
    runStatement<{ devices: number }>(ports.pool, DELETE_PERSON, [tenantId, userId]),
  )
  const schedules = await eraseFromSchedules(ports.pool, { tenantId, userId })
  const waiting = await eraseFromWaiting(ports.pool, { tenantId, userId }, null)
  return { devices: onlyRow(deleted).devices, schedules, ...waiting, ...(await scrubAll(ports, tenantId, userId)) }
}

interface StoppedRow {
  readonly from: string
  readonly outcome: OutcomeTuple | null
}

function scrubAll(ports: StorePorts, tenantId: string, userId: string) {
  return changeInboxes(ports.pool, [{ tenantId, userId }], () => scrubBatches(ports, tenantId, userId))
}

async function scrubBatches({ pool, announce }: StorePorts, tenantId: string, userId: string) {
  const counts = { notifications: 0, cancelled: 0, possiblySent: 0 }
  for (;;) {
    const outboxId = randomUUID()
    const { ids, stopped } = await repeatConflicts('erase notifications', () =>
      inTransaction(pool, (client) => scrubBatch(client, tenantId, userId, outboxId)),
    )
    announceOutcomes(announce, outboxId, stopped)
    counts.notifications += ids.length
    counts.cancelled += stopped.filter(({ from }) => from === 'PENDING' || from === 'SCHEDULED').length
    counts.possiblySent += stopped.filter(({ from }) => from === 'SENDING' || from === 'UNKNOWN').length
    if (ids.length < BATCH_ROWS) return counts
  }
}

async function scrubBatch(client: PoolClient, tenantId: string, userId: string, outboxId: string) {
  const rows = await runStatement<{ id: string }>(client, SCRUB_NOTIFICATIONS, [tenantId, userId, BATCH_ROWS])
  const ids = rows.map(({ id }) => id)
  if (ids.length === 0) return { ids, stopped: [] }
  const values = [ids, ids.map(() => 'cancel'), outboxId]
  const stopped = await runStatement<StoppedRow>(client, STOP_DELIVERIES, values)
  await runStatement(client, SCRUB_DELIVERIES, [ids])
  return { ids, stopped }
}

interface ExportedRow {
  readonly id: string
  readonly createdAt: Date
  readonly readAt: Date | null
  readonly metadata: Record<string, unknown> | string | null
  readonly contact: Record<string, unknown> | string | null
}

type ExportedNotification = PersonExport['notifications'][number]

async function exportPerson(pool: Pool, tenantId: string, userId: string): Promise<KeptOfPerson> {
  const cipher = cipherOf(pool)
  const person = [tenantId, userId]
  const [user, devices, topics, rows] = await Promise.all([
    createUserStore({ pool }).findUser(tenantId, userId),
    runStatement<{ token: string; platform: string; createdAt: Date }>(pool, EXPORT_DEVICES, person),
    runStatement<{ topic: string }>(pool, EXPORT_TOPICS, person),
    runStatement<ExportedRow & Omit<ExportedNotification, keyof ExportedRow>>(pool, EXPORT_NOTIFICATIONS, [
      ...person,
      EXPORTED_MAX + 1,
    ]),
  ])
  return {
    user: user ?? null,
    devices: devices.map(({ token, platform, createdAt }) => ({
      token: cipher.open(tenantId, token),
      platform,
      createdAt: createdAt.toISOString(),
    })),
    topics: topics.map(({ topic }) => topic),
    notifications: rows.slice(0, EXPORTED_MAX).map((row) => ({
      ...row,
      createdAt: row.createdAt.toISOString(),
      readAt: row.readAt?.toISOString() ?? null,
      metadata: openJson(cipher, tenantId, row.metadata),
      contact: openJson(cipher, tenantId, row.contact),
    })),
    isComplete: rows.length <= EXPORTED_MAX,
  }
}
