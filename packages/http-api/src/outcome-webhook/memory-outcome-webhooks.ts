import type { OutcomeWebhooks } from './outcome-webhook.ts'

export function createMemoryOutcomeWebhooks(now: () => Date): OutcomeWebhooks {
  const rows = new Map<string, { url: string; secret: string; createdAt: string; updatedAt: string }>()
  return {
    async findWebhook(tenantId) {
      const row = rows.get(tenantId)
      if (!row) return undefined
      const { secret: _, ...shown } = row
      return { ...shown, deadCalls: 0 }
    },
    async saveWebhook(tenantId, { url, secret, rotateSecret }) {
      const at = now().toISOString()
      const old = rows.get(tenantId)
      const kept = old && !rotateSecret ? old.secret : secret
      rows.set(tenantId, { url, secret: kept, createdAt: old?.createdAt ?? at, updatedAt: at })
      return kept === secret
    },
    deleteWebhook: async (tenantId) => rows.delete(tenantId),
    replayCalls: async () => 0,
  }
}
