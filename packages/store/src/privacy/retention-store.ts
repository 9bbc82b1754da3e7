import type { RetentionStore as ForgottenByItself } from '@carillon/clock'
import type { Channel } from '@carillon/contracts'
import type { Pool } from 'pg'
import { type InboxOwner, noteInboxChanges } from '../inbox/inbox-changes.ts'
import { onlyRow, runStatement, type Statement } from '../run-statement.ts'
import {
  CLEAN_CHANNEL,
  DELETE_AUDIT,
  DELETE_DEAD_CALLS,
  DELETE_DELIVERIES,
  DELETE_ERASURES,
  DELETE_NOTIFICATIONS,
  DELETE_RECEIPTS,
  READ_RETENTION,
} from '../sql/retention.ts'
import { repeatConflicts } from '../transaction.ts'

/** What a category says for itself. */
export interface CategoryCutoffs {
  readonly tenantId: string
  readonly code: string
  readonly done: Date | null
  readonly failed: Date | null
}

export interface ChannelToClean {
  readonly tenantId: string
  readonly channel: Channel
  readonly statuses: readonly string[]
  readonly before: Date
}

/** Each call is one batch; how many went is answered, and fewer than `limit` means that none is left that is free. */
export interface RetentionStore extends Omit<ForgottenByItself<CategoryCutoffs>, 'deleteOldKeys'> {
  cleanChannel(limit: number, channel: ChannelToClean): Promise<number>
}

const DAY_MS = 86_400_000

export function createRetentionStore({ pool }: { readonly pool: Pool }): RetentionStore {
  const deleteRows = async (action: string, statement: Statement, values: readonly unknown[]): Promise<number> =>
    onlyRow(await repeatConflicts(action, () => runStatement<{ deleted: number }>(pool, statement, values))).deleted

  return {
    async readCategories(now) {
      const rows = await repeatConflicts('read retention', () => runStatement<RetentionRow>(pool, READ_RETENTION, []))
      return rows.map(({ tenantId, code, doneDays, failedDays, keptSince }) => ({
        tenantId,
        code,
        done: latest(daysBefore(now, doneDays), keptSince),
        failed: latest(daysBefore(now, failedDays), keptSince),
      }))
    },
    deleteDeliveries(limit, cutoffs, categories) {
      const ends = categories.flatMap(({ done, failed }) => [done, failed])
      const youngest = [cutoffs.done, cutoffs.failed, ...ends].reduce(latest) ?? cutoffs.done
      return deleteRows('delete old deliveries', DELETE_DELIVERIES, [
        limit,
        cutoffs.done.toISOString(),
        cutoffs.failed.toISOString(),
        categories.map((one) => one.tenantId),
        categories.map((one) => one.code),
        categories.map((one) => one.done?.toISOString() ?? null),
        categories.map((one) => one.failed?.toISOString() ?? null),
        youngest.toISOString(),
      ])
    },
    async deleteNotifications(limit, { inbox }) {
      const rows = await repeatConflicts('delete old notifications', () =>
        runStatement<DeletedNotifications>(pool, DELETE_NOTIFICATIONS, [limit, inbox.toISOString()]),
      )
      const { deleted, owners } = onlyRow(rows)
      await noteInboxChanges(pool, owners ?? [])
      return deleted
    },
    deleteReceipts: (limit, { done }) =>
      deleteRows('delete old receipts', DELETE_RECEIPTS, [limit, done.toISOString()]),
    deleteDeadCalls: (limit, { failed }) =>
      deleteRows('delete dead calls', DELETE_DEAD_CALLS, [limit, failed.toISOString()]),
    // As long as notifications: until then a topic that is read again must plan nothing for whoever was erased.
    deleteErasures: (limit, { inbox }) =>
      deleteRows('delete marks of erased people', DELETE_ERASURES, [limit, inbox.toISOString()]),
    deleteAudit: (limit, { audit }) =>
      deleteRows('delete old audit entries', DELETE_AUDIT, [limit, audit.toISOString()]),
    cleanChannel: (limit, { tenantId, channel, before, statuses }) =>
      deleteRows('clean a channel', CLEAN_CHANNEL, [limit, tenantId, channel, before.toISOString(), statuses]),
  }
}

interface DeletedNotifications {
  readonly deleted: number
  readonly owners: readonly InboxOwner[] | null
}

interface RetentionRow {
  readonly tenantId: string
  readonly code: string
  readonly doneDays: number | null
  readonly failedDays: number | null
  readonly keptSince: Date | null
}

function daysBefore(now: Date, days: number | null): Date | null {
  return days === null ? null : new Date(now.getTime() - days * DAY_MS)
}

/** Whichever takes more away; nothing said takes nothing. */
function latest(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other
  return one > other ? one : other
}
