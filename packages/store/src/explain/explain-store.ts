import type { ExplainPorts } from '@carillon/http-api'
import type { ExplainedRows } from '@carillon/planning'
import type { Pool } from 'pg'
import { listNotificationIds, type ReadEventTime } from '../notification-names.ts'
import { onlyRow, runStatement } from '../run-statement.ts'
import { READ_EXPLANATION } from '../sql/explain.ts'
import { repeatConflicts } from '../transaction.ts'

interface ExplanationRow extends Omit<ExplainedRows, 'notification'> {
  readonly notification: ExplainedRows['notification'] | null
}

export function createExplainStore(ports: {
  readonly pool: Pool
  readonly readEventTime: ReadEventTime
}): Pick<ExplainPorts, 'readExplanation'> {
  return {
    async readExplanation(name) {
      const values = [listNotificationIds(name, ports.readEventTime), name.tenantId, name.userId ?? null]
      const rows = await repeatConflicts('read an explanation', () =>
        runStatement<ExplanationRow>(ports.pool, READ_EXPLANATION, values),
      )
      const { notification, ...rest } = onlyRow(rows)
      return notification ? { notification, ...rest } : undefined
    },
  }
}
