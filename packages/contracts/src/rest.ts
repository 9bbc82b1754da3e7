import { z } from 'zod'
import { emailAddress, phoneNumber } from './addresses.ts'
import { identifier, jsonObject, lineOfText } from './text.ts'
import { channelSchema, deliveryStatusSchema, eventStateSchema, prioritySchema, stopAnswerSchema, strategySchema } from './words.ts'

const instant = z.iso.datetime({ offset: true })

export const acceptedSchema = z.object({
  success: z.literal(true),
  message: z.literal('Notification queued for delivery'),
  recipientCount: z.number().int().nullable(),
  eventId: z.string(),
  statusUrl: z.string(),
})
export type Accepted = z.infer<typeof acceptedSchema>

export const deliveryStatusAnswerSchema = z.object({
  notification: z.object({
    id: z.uuid(),
    message: z.string(),
    read: z.boolean(),
    deliveryStrategy: strategySchema,
    priority: prioritySchema,
    createdAt: instant,
  }),
  deliveries: z.array(
    z.object({
      id: z.uuid(),
      channel: channelSchema,
      status: deliveryStatusSchema,
      attemptCount: z.number().int(),
      scheduledFor: instant.nullable(),
      deliveredAt: instant.nullable(),
      reason: z.string().nullable(),
      error: z.string().nullable(),
      possiblySent: z.boolean(),
    }),
  ),
})
export type DeliveryStatusAnswer = z.infer<typeof deliveryStatusAnswerSchema>

export const eventStatusSchema = z.object({
  id: z.string(),
  state: eventStateSchema,
  acceptedAt: instant.nullable(),
  notifications: z.number().int(),
  notificationIds: z.array(z.uuid()).max(100),
  deliveries: z.partialRecord(deliveryStatusSchema, z.number().int()),
  fanout: z.object({ status: z.string(), cursor: z.string().nullable(), total: z.number().int().nullable() }).nullable(),
})
export type EventStatus = z.infer<typeof eventStatusSchema>

export const readAnswerSchema = z.object({
  success: z.literal(true),
  notification: z.object({ id: z.uuid(), read: z.literal(true), readAt: instant }),
  stopped: z.object({
    cancelled: z.number().int(),
    tooLate: z.number().int(),
    possiblySent: z.number().int(),
  }),
})
export type ReadAnswer = z.infer<typeof readAnswerSchema>

export const cancelAnswerSchema = z.object({
  success: z.literal(true),
  notification: z.object({ id: z.uuid(), cancelledAt: instant }),
  deliveries: z.array(z.object({ id: z.uuid(), channel: channelSchema, answer: stopAnswerSchema })),
})
export type CancelAnswer = z.infer<typeof cancelAnswerSchema>

export const quietHoursSchema = z.object({
  start: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, like 22:00'),
  end: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, like 07:00'),
  timeZone: lineOfText(64).optional(),
})
export type QuietHours = z.infer<typeof quietHoursSchema>

const channelSwitches = {
  email: z.boolean().optional(),
  push: z.boolean().optional(),
  sms: z.boolean().optional(),
  inApp: z.boolean().optional(),
  whatsapp: z.boolean().optional(),
}

/** What a person wants. Absent means on; `categories` holds exceptions, `enabled` switching a whole category. */
export const preferencesSchema = z.object({
  ...channelSwitches,
  categories: z.record(identifier, z.object({ ...channelSwitches, enabled: z.boolean().optional() })).optional(),
  quietHours: quietHoursSchema.nullish(),
})
export type Preferences = z.infer<typeof preferencesSchema>

export const userSchema = z.object({
  email: emailAddress.nullish(),
  phone: phoneNumber.nullish(),
  roles: z.array(identifier).max(100).optional(),
  attributes: jsonObject.optional(),
  locale: lineOfText(35).nullish(),
  timeZone: lineOfText(64).nullish(),
  preferences: preferencesSchema.optional(),
})
export type UserInput = z.infer<typeof userSchema>
