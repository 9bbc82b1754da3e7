import type { AnalyticsCounts, AnalyticsDesk } from '@carillon/http-api'
import type { Pool } from 'pg'
import { onlyRow, runStatement } from '../run-statement.ts'
import { READ_ANALYTICS } from '../sql/analytics.ts'
import { repeatConflicts } from '../transaction.ts'

const ROWS_MAX = 200_000

export function createAnalyticsStore(
  { pool }: { readonly pool: Pool },
  rowsMax = ROWS_MAX,
): Pick<AnalyticsDesk, 'readAnalytics'> {
  return {
    async readAnalytics(tenantId, since, until) {
      const values = [tenantId, since.toISOString(), until.toISOString(), rowsMax]
      return onlyRow(
        await repeatConflicts('read analytics', () => runStatement<AnalyticsCounts>(pool, READ_ANALYTICS, values)),
      )
    },
  }
}
