import { countRecipients, FANOUT_TOPIC, type FanoutRecord } from '@carillon/contracts'
import type { DecodedEvent } from '../decode-event.ts'
import { describeEvent } from '../plan-events.ts'
import type { RoutingPorts } from '../route-events.ts'
import type { StartedFanouts } from '../routing-store.ts'
import type { WakeUpPublisher } from '../wake-ups.ts'

/** Rows first; a record that is lost after them is published again by the clock. */
export async function startFanouts(
  events: readonly DecodedEvent[],
  { store, publisher, onUnpublished }: Pick<RoutingPorts, 'store' | 'publisher' | 'onUnpublished'>,
): Promise<Pick<StartedFanouts, 'conflicts'>> {
  if (events.length === 0) return { conflicts: [] }
  const { waiting, conflicts } = await store.startFanouts(
    events.map((one) => ({ event: one.event, planned: describeEvent(one, countRecipients(one.event)) })),
  )
  try {
    await publishFanouts(waiting, publisher)
  } catch (error) {
    onUnpublished(error, waiting.length)
  }
  return { conflicts }
}

export async function publishFanouts(records: readonly FanoutRecord[], publisher: WakeUpPublisher): Promise<void> {
  if (records.length === 0) return
  await publisher.publishMany(
    records.map((record) => ({ topic: FANOUT_TOPIC, key: record.fanoutId, value: JSON.stringify(record) })),
  )
}
