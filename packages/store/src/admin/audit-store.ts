import type { AuditEntry } from '@carillon/contracts'
import type { AuditStore } from '@carillon/http-api'
import type { Pool } from 'pg'
import { runStatement } from '../run-statement.ts'
import { INSERT_AUDIT, INSERT_AUDIT_FOR_ALL, LIST_AUDIT } from '../sql/audit.ts'
import { repeatConflicts } from '../transaction.ts'

export function createAuditStore({ pool }: { readonly pool: Pool }): AuditStore {
  return {
    async keepAct({ tenantId, actor, action, subject, detail }) {
      const values = [tenantId, actor, action, subject, detail && JSON.stringify(detail)]
      await repeatConflicts('keep an act', () => runStatement(pool, INSERT_AUDIT, values))
    },
    async listActs({ tenantId, actor, subject, before, limit }) {
      const values = [tenantId, actor ?? null, subject ?? null, before ?? null, limit]
      const rows = await repeatConflicts('list acts', () =>
        runStatement<Omit<AuditEntry, 'at'> & { readonly at: Date }>(pool, LIST_AUDIT, values),
      )
      return rows.map((row) => ({ ...row, at: row.at.toISOString() }))
    },
  }
}

export interface OperatorAct {
  readonly actor: string
  readonly action: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** For acts that no tenant asked for, and that concern all of them. */
export async function keepOperatorAct(pool: Pool, { actor, action, detail }: OperatorAct): Promise<void> {
  const values = [actor, action, JSON.stringify(detail)]
  await repeatConflicts('keep an act of an operator', () => runStatement(pool, INSERT_AUDIT_FOR_ALL, values))
}
