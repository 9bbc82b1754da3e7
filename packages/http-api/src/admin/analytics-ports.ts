import type { AnalyticsAnswer, Channel, DeliveryStatus } from '@carillon/contracts'

export interface AnalyticsDesk {
  readAnalytics(tenantId: string, since: Date, until: Date): Promise<AnalyticsCounts>
  /** Of one accepted hand-over. */
  readonly costs: Readonly<Partial<Record<Channel, number>>>
}

/** As the statement counts; rates and costs are reckoned by whoever shows them. */
export interface AnalyticsCounts {
  readonly isCut: boolean
  readonly hours: readonly (readonly [hour: string, channel: Channel, count: number])[]
  readonly statuses: readonly (readonly [channel: Channel, status: DeliveryStatus, count: number])[]
  readonly accepted: Readonly<Partial<Record<Channel, number>>>
  readonly reading: Omit<AnalyticsAnswer['reading'], 'rate'>
  readonly escalations: AnalyticsAnswer['escalations']
}
