import { type ChannelRecord, channelRecordSchema, parseStrictJson } from '@carillon/contracts'

/** Total: a record that is no wake-up wakes nobody. */
export function decodeWakeUp(
  value: Uint8Array | null,
): { readonly ok: true; readonly wakeUp: ChannelRecord } | { readonly ok: false; readonly message: string } {
  if (value === null) return { ok: false, message: 'the record has no value' }
  const json = parseStrictJson(value)
  if (!json.ok) return { ok: false, message: json.problem }
  const parsed = channelRecordSchema.safeParse(json.value)
  if (parsed.success) return { ok: true, wakeUp: parsed.data }
  return { ok: false, message: 'not a wake-up: { tenantId, notificationId, deliveryId } is what the fleet writes' }
}
