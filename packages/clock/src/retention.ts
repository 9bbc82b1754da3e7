/**
 * The fleet forgets by itself. One batch at a time with a rest between them, so that sending never feels it; what
 * another clock is deleting at the moment is passed over.
 */

export interface RetentionCutoffs {
  readonly done: Date
  readonly failed: Date
  readonly inbox: Date
  readonly audit: Date
}

export interface RetentionStore<Category> {
  readCategories(now: Date): Promise<readonly Category[]>
  deleteDeliveries(limit: number, cutoffs: RetentionCutoffs, categories: readonly Category[]): Promise<number>
  deleteNotifications(limit: number, cutoffs: RetentionCutoffs): Promise<number>
  deleteReceipts(limit: number, cutoffs: RetentionCutoffs): Promise<number>
  deleteDeadCalls(limit: number, cutoffs: RetentionCutoffs): Promise<number>
  /** Marks of erased people, once nothing can arrive any more that was accepted before. */
  deleteErasures(limit: number, cutoffs: RetentionCutoffs): Promise<number>
  deleteAudit(limit: number, cutoffs: RetentionCutoffs): Promise<number>
  deleteOldKeys(limit: number): Promise<number>
}

export interface RetentionPolicy {
  readonly doneDays: number
  readonly failedDays: number
  readonly inboxDays: number
  readonly auditDays: number
}

const BATCH_ROWS = 500
const BETWEEN_BATCHES_MS = 50
const BETWEEN_ROUNDS_MS = 600_000
const DAY_MS = 86_400_000

/** For a loop: one batch of each kind, and when to come again. */
export function createRetention<Category>(
  store: RetentionStore<Category>,
  { doneDays, failedDays, inboxDays, auditDays }: RetentionPolicy,
  observe: (deleted: Readonly<Record<string, number>>) => void,
  readNow: () => Date = () => new Date(),
) {
  return async function deleteOld(): Promise<{ readonly againInMs: number }> {
    const now = readNow()
    const before = (days: number) => new Date(now.getTime() - days * DAY_MS)
    const cutoffs = {
      done: before(doneDays),
      failed: before(failedDays),
      inbox: before(inboxDays),
      audit: before(auditDays),
    }
    const deleted = {
      deliveries: await store.deleteDeliveries(BATCH_ROWS, cutoffs, await store.readCategories(now)),
      notifications: await store.deleteNotifications(BATCH_ROWS, cutoffs),
      receipts: await store.deleteReceipts(BATCH_ROWS, cutoffs),
      outcomeCalls: await store.deleteDeadCalls(BATCH_ROWS, cutoffs),
      erasures: await store.deleteErasures(BATCH_ROWS, cutoffs),
      auditEntries: await store.deleteAudit(BATCH_ROWS, cutoffs),
      idempotencyKeys: await store.deleteOldKeys(BATCH_ROWS),
    }
    const counts = Object.values(deleted)
    if (counts.some((count) => count > 0)) observe(deleted)
    return { againInMs: counts.some((count) => count >= BATCH_ROWS) ? BETWEEN_BATCHES_MS : BETWEEN_ROUNDS_MS }
  }
}
