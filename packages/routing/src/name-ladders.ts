import type { NotificationEvent } from '@carillon/contracts'
import type { FactsRequest } from './routing-store.ts'

/** The saved ladders that events name themselves. */
export function nameLadders(
  events: readonly { readonly tenantId: string; readonly event: NotificationEvent }[],
): NonNullable<FactsRequest['ladders']> {
  const names = events.flatMap(({ tenantId, event: { ladderName } }) =>
    ladderName === undefined ? [] : [{ tenantId, name: ladderName }],
  )
  return [...new Map(names.map((one) => [JSON.stringify(one), one])).values()]
}
