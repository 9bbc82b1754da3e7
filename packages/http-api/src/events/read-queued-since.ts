import { readEventTime } from '@carillon/contracts'
import type { Exchange } from '../exchange.ts'

/** As long as events rest in their topic. One that is older and has no row will not get one. */
const QUEUED_MS_MAX = 7 * 86_400_000

/** When an event without a row was accepted; undefined for an id that we never gave this tenant, or that has expired. */
export function readQueuedSince({ settings }: Exchange, tenantId: string, eventId: string): Date | undefined {
  const acceptedAt = readEventTime(tenantId, eventId, settings.eventIdKeys)
  if (acceptedAt === undefined) return undefined
  return settings.now().getTime() - acceptedAt.getTime() < QUEUED_MS_MAX ? acceptedAt : undefined
}
