import type { Channel, Suppression } from '@carillon/contracts'

export interface SuppressionQuery {
  readonly tenantId: string
  readonly channel: Channel | undefined
  readonly addressHash: string | undefined
  /** The last one of the page before. */
  readonly after: Pick<Suppression, 'createdAt' | 'channel' | 'addressHash'> | undefined
  readonly limit: number
}

export interface Suppressions {
  /** As the processes that send hash it. */
  hashAddress(tenantId: string, address: string): string
  /** The newest first. */
  listSuppressions(query: SuppressionQuery): Promise<readonly Suppression[]>
  /** What the person asked for is theirs to take back. */
  liftSuppression(
    tenantId: string,
    channel: Channel,
    addressHash: string,
  ): Promise<'lifted' | 'unknown' | 'of_the_person'>
}
