import { inlineRecipientSchema, recipientIdOf } from '@carillon/contracts'

export type WaitingEvent = Readonly<Record<string, unknown>>

/** The same event where it did not name the person; null where it named nobody else. */
export function leaveOut(event: WaitingEvent, userId: string): WaitingEvent | null {
  const ids = Array.isArray(event.recipientIds) ? event.recipientIds : []
  const inline: unknown[] = Array.isArray(event.recipients) ? event.recipients : []
  const isPerson = (one: unknown) => {
    const parsed = inlineRecipientSchema.safeParse(one)
    return parsed.success && recipientIdOf(parsed.data) === userId
  }
  const recipientIds = ids.filter((id) => id !== userId)
  const recipients = inline.filter((one) => !isPerson(one))
  if (recipientIds.length === ids.length && recipients.length === inline.length) return event
  const isForOthers = recipientIds.length + recipients.length > 0 || (event.audience ?? null) !== null
  return isForOthers ? { ...event, recipientIds, recipients } : null
}
