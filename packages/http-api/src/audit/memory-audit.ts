import type { AuditEntry } from '@carillon/contracts'
import type { AuditStore } from './audit-store.ts'

export function createMemoryAudit(now: () => Date): AuditStore {
  const kept: (AuditEntry & { readonly tenantId: string })[] = []
  return {
    async keepAct(act) {
      kept.unshift({ ...act, id: String(kept.length + 1), at: now().toISOString() })
    },
    listActs: async ({ tenantId, actor, subject, before, limit }) =>
      kept
        .filter((one) => one.tenantId === tenantId && (before === undefined || Number(one.id) < Number(before)))
        .filter((one) => (actor ?? one.actor) === one.actor && (subject ?? one.subject) === one.subject)
        .slice(0, limit)
        .map(({ tenantId: _, ...entry }) => entry),
  }
}
