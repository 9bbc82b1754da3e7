import type { StopAnswer } from '@carillon/contracts'
import type { StopStore } from '@carillon/delivery'
import type { Pool } from 'pg'
import { runStatement } from './run-statement.ts'
import { FIND_NOTIFICATIONS_OF_EVENT } from './sql/held.ts'
import { repeatConflicts } from './transaction.ts'

const STOPPED_AT_ONCE = 500

/** Cancels every notification of an event, and counts how its deliveries answered. Ends, because each is cancelled once. */
export async function stopEvent(
  pool: Pool,
  stops: Pick<StopStore, 'stopNotifications'>,
  tenantId: string,
  eventId: string,
): Promise<Record<StopAnswer, number>> {
  const answers = { cancelled: 0, possibly_sent: 0, too_late: 0 }
  for (;;) {
    const found = await repeatConflicts('find the notifications of an event', () =>
      runStatement<{ id: string }>(pool, FIND_NOTIFICATIONS_OF_EVENT, [tenantId, eventId, STOPPED_AT_ONCE]),
    )
    const stopped = await stops.stopNotifications(
      found.map(({ id }) => ({ kind: 'cancel' as const, tenantId, notificationId: id, source: 'api' as const })),
    )
    for (const { answer } of stopped.flatMap((one) => one?.deliveries ?? [])) answers[answer]++
    if (found.length < STOPPED_AT_ONCE) return answers
  }
}
