import type { OutcomeWebhooks } from '@carillon/http-api'
import type { DueCall, OutcomeCallStore } from '@carillon/receipts'
import type { Pool } from 'pg'
import { onlyRow, runStatement, toColumns } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import {
  DELETE_WEBHOOK,
  END_CALL,
  FIND_WEBHOOK,
  LIST_LISTENERS,
  PUT_OFF_CALL,
  REPLAY_CALLS,
  SAVE_CALLS,
  SAVE_WEBHOOK,
  TAKE_DUE_CALLS,
} from '../sql/outcome-webhooks.ts'
import { repeatConflicts } from '../transaction.ts'

export function createOutcomeWebhookStore({ pool }: { readonly pool: Pool }): OutcomeWebhooks & OutcomeCallStore {
  const cipher = cipherOf(pool)
  return {
    async findWebhook(tenantId) {
      const [row] = await runStatement<WebhookRow>(pool, FIND_WEBHOOK, [tenantId])
      return row && { ...row, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() }
    },
    async saveWebhook(tenantId, { url, secret, rotateSecret }) {
      const values = [tenantId, url, cipher.seal(tenantId, secret), rotateSecret]
      const saved = await repeatConflicts('save an outcome webhook', () =>
        runStatement<{ isNewSecret: boolean }>(pool, SAVE_WEBHOOK, values),
      )
      return onlyRow(saved).isNewSecret
    },
    deleteWebhook: async (tenantId) => (await runStatement(pool, DELETE_WEBHOOK, [tenantId])).length > 0,
    replayCalls: async (tenantId) => (await runStatement(pool, REPLAY_CALLS, [tenantId])).length,
    async listListeners() {
      return (await runStatement<{ tenantId: string }>(pool, LIST_LISTENERS, [])).map(({ tenantId }) => tenantId)
    },
    async saveCalls(calls) {
      if (calls.length === 0) return
      const columns = toColumns(calls, [(one) => one.id, (one) => one.tenantId, (one) => JSON.stringify(one.records)])
      await repeatConflicts('save outcome calls', () => runStatement(pool, SAVE_CALLS, columns))
    },
    async takeDueCalls(limit, leaseSeconds) {
      const due = await runStatement<DueCall>(pool, TAKE_DUE_CALLS, [limit, leaseSeconds])
      return due.map((call) => ({ ...call, secret: cipher.open(call.tenantId, call.secret) }))
    },
    endCall: async (id) => void (await runStatement(pool, END_CALL, [id])),
    putOffCall: async (id, error, inSeconds) => void (await runStatement(pool, PUT_OFF_CALL, [id, error, inSeconds])),
  }
}

interface WebhookRow {
  readonly url: string
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly deadCalls: number
}
