import { z } from 'zod'
import { identifier, jsonObject } from './text.ts'
import { channelSchema, deliveryStatusSchema } from './words.ts'

const instant = z.iso.datetime({ offset: true })

/** A wake-up: ids only, because no address or text of a person rests in a channel topic. */
export const channelRecordSchema = z.object({
  tenantId: identifier,
  notificationId: z.uuid(),
  deliveryId: z.uuid(),
})
export type ChannelRecord = z.infer<typeof channelRecordSchema>

/** Wakes whoever resolves audiences up; the `Fanout` row says what is to be done. */
export const fanoutRecordSchema = z.object({ tenantId: identifier, fanoutId: z.uuid() })
export type FanoutRecord = z.infer<typeof fanoutRecordSchema>

/** `notificationId` is ours, or the producer's own name for it. */
export const readRecordSchema = z.object({
  notificationId: identifier,
  userId: identifier,
  readAt: instant.optional(),
})
export type ReadRecord = z.infer<typeof readRecordSchema>

export const outcomeRecordSchema = z.object({
  id: z.string(),
  deliveryId: z.uuid(),
  notificationId: z.uuid(),
  channel: channelSchema,
  status: deliveryStatusSchema,
  reason: z.string().nullable(),
  at: instant,
})
export type OutcomeRecord = z.infer<typeof outcomeRecordSchema>

/** On the topic of outcomes too: a timer that nobody cancelled or acknowledged in time. */
export const timerExpiredSchema = z.object({
  id: z.string(),
  type: z.literal('timer.expired'),
  timerId: z.string(),
  key: identifier,
  dueAt: instant,
  at: instant,
  data: jsonObject.nullable(),
})
export type TimerExpiredRecord = z.infer<typeof timerExpiredSchema>

/** Records that nobody could derive again, kept in the transaction that made them true until they are published. */
export interface OutboxRow {
  readonly id: string
  readonly topic: string
  readonly records: readonly {
    readonly key: string
    readonly value: string
    readonly headers: Readonly<Record<string, string>>
  }[]
}

/** Why a record will not be tried again without a person; the value of the dead letter's reason header. */
export const DEAD_LETTER_REASONS = {
  malformed: 'The record is not a valid event; the message lists every problem.',
  too_old: 'The event is older than planMaxAge; it would reach people as stale news.',
  id_conflict: 'The id was used before with other content.',
  template_unknown: 'The event names a template that its tenant does not have.',
  template_not_filled: 'The event does not give what its template needs; the message lists every variable.',
  ladder_unknown: 'The event names a ladder that its tenant does not have.',
  unsupported: 'The event asks for something that this installation cannot do.',
} as const
export type DeadLetterReason = keyof typeof DEAD_LETTER_REASONS
