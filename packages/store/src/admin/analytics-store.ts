import type { AnalyticsAnswer, Channel, DeliveryStatus } from '@carillon/contracts'
import type { Pool } from 'pg'
import { onlyRow, runStatement } from '../run-statement.ts'
import { READ_ANALYTICS } from '../sql/analytics.ts'
import { repeatConflicts } from '../transaction.ts'

/** As the statement counts; rates and costs are reckoned by whoever shows them. */
export interface AnalyticsCounts {
  readonly isCut: boolean
  readonly hours: readonly (readonly [hour: string, channel: Channel, count: number])[]
  readonly statuses: readonly (readonly [channel: Channel, status: DeliveryStatus, count: number])[]
  readonly accepted: Readonly<Partial<Record<Channel, number>>>
  readonly reading: Omit<AnalyticsAnswer['reading'], 'rate'>
  readonly escalations: AnalyticsAnswer['escalations']
}

export interface AnalyticsStore {
  readAnalytics(tenantId: string, since: Date, until: Date): Promise<AnalyticsCounts>
}

const ROWS_MAX = 200_000

export function createAnalyticsStore({ pool }: { readonly pool: Pool }, rowsMax = ROWS_MAX): AnalyticsStore {
  return {
    async readAnalytics(tenantId, since, until) {
      const values = [tenantId, since.toISOString(), until.toISOString(), rowsMax]
      return onlyRow(
        await repeatConflicts('read analytics', () => runStatement<AnalyticsCounts>(pool, READ_ANALYTICS, values)),
      )
    },
  }
}
