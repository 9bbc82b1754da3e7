import { inlineRecipientSchema, recipientIdOf } from '@carillon/contracts'

export type WaitingEvent = Readonly<Record<string, unknown>>

/** Whom the event names, each by the id under which a notification would be planned. */
export function namedIn(event: object): readonly string[] {
  const { ids, inline } = readNamed(event)
  return [...ids.filter((id) => typeof id === 'string'), ...inline.flatMap((one) => idOfInline(one) ?? [])]
}

/** The same event where it named none of them; null where it named nobody else. */
export function leaveOut<Event extends object>(event: Event, isLeftOut: (userId: string) => boolean): Event | null {
  const { ids, inline, audience } = readNamed(event)
  const recipientIds = ids.filter((id) => !isLeftOut(String(id)))
  const recipients = inline.filter((one) => !isLeftOut(idOfInline(one) ?? ''))
  if (recipientIds.length === ids.length && recipients.length === inline.length) return event
  const isForOthers = recipientIds.length + recipients.length > 0 || (audience ?? null) !== null
  return isForOthers ? { ...event, recipientIds, recipients } : null
}

/** What goes on, and ends, without anybody. */
export function forNobody<Event extends object>(event: Event): Event {
  return { ...event, recipientIds: [], recipients: [] }
}

function readNamed(event: object) {
  const { recipientIds, recipients, audience }: WaitingEvent = { ...event }
  const ids: readonly unknown[] = Array.isArray(recipientIds) ? recipientIds : []
  const inline: readonly unknown[] = Array.isArray(recipients) ? recipients : []
  return { ids, inline, audience }
}

function idOfInline(one: unknown): string | undefined {
  const parsed = inlineRecipientSchema.safeParse(one)
  return parsed.success ? recipientIdOf(parsed.data) : undefined
}
