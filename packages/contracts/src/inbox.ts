import { z } from 'zod'
import { identifier } from './text.ts'
import { channelSchema, prioritySchema, stopAnswerSchema } from './words.ts'

const instant = z.iso.datetime({ offset: true })

/** One notification as its person sees it. */
export const inboxItemSchema = z.object({
  id: z.uuid(),
  eventId: z.string().nullable(),
  type: z.string(),
  category: z.string(),
  priority: prioritySchema,
  title: z.string().nullable(),
  message: z.string(),
  metadata: z.record(z.string(), z.unknown()),
  read: z.boolean(),
  readAt: instant.nullable(),
  seenAt: instant.nullable(),
  acknowledgedAt: instant.nullable(),
  archivedAt: instant.nullable(),
  snoozedUntil: instant.nullable(),
  createdAt: instant,
})
export type InboxItem = z.infer<typeof inboxItemSchema>

/** `active` is what is neither archived nor asleep; a snoozed one comes back by itself. */
export const inboxStatusSchema = z.enum(['active', 'archived', 'snoozed', 'all'])
export type InboxStatus = z.infer<typeof inboxStatusSchema>

export const INBOX_LIMIT_MAX = 100
export const inboxQuerySchema = z.object({
  status: inboxStatusSchema.default('active'),
  unread: z
    .enum(['true', 'false'])
    .transform((given) => given === 'true')
    .optional(),
  cursor: z.string().min(1).max(512).optional(),
  limit: z.coerce.number().int().min(1).max(INBOX_LIMIT_MAX).default(20),
  userId: identifier.optional(),
})

export const inboxAnswerSchema = z.object({
  notifications: z.array(inboxItemSchema),
  /** Pass it on as `cursor` for what is older; null at the end. */
  nextCursor: z.string().nullable(),
})

export const unreadCountSchema = z.object({ unreadCount: z.number().int(), unseenCount: z.number().int() })
export type UnreadCount = z.infer<typeof unreadCountSchema>

export const READ_MULTIPLE_MAX = 1_000
export const readMultipleSchema = z.object({
  notificationIds: z.array(identifier).min(1).max(READ_MULTIPLE_MAX),
  userId: identifier.optional(),
})

export const updatedAnswerSchema = z.object({ success: z.literal(true), updatedCount: z.number().int() })

export const snoozeSchema = z.object({
  until: z.iso
    .datetime({ offset: true, error: 'must be a date and time with a zone, like 2026-12-01T09:00:00Z, or null' })
    .nullable(),
  userId: identifier.optional(),
})

export const archiveSchema = z.object({
  archived: z.boolean().default(true),
  userId: identifier.optional(),
})

export const markedAnswerSchema = z.object({ success: z.literal(true), notification: inboxItemSchema })

export const acknowledgeAnswerSchema = z.object({
  success: z.literal(true),
  notification: z.object({ id: z.uuid(), acknowledgedAt: instant }),
  deliveries: z.array(z.object({ id: z.uuid(), channel: channelSchema, answer: stopAnswerSchema })),
})
export type AcknowledgeAnswer = z.infer<typeof acknowledgeAnswerSchema>
