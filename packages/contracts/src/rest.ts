import { z } from 'zod'
import { emailAddress, phoneNumber } from './addresses.ts'
import { identifier, jsonObject, lineOfText } from './text.ts'
import {
  channelSchema,
  deliveryStatusSchema,
  eventStateSchema,
  fanoutStatusSchema,
  prioritySchema,
  stopAnswerSchema,
  strategySchema,
} from './words.ts'

// Knows every zone that this runtime can reckon with; offsets are no zones, since they know no summer time.
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}

export const timeZoneName = lineOfText(64).refine(isTimeZone, 'must be a time zone, like Europe/Berlin')

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

export const localeTag = lineOfText(35).refine(isLocale, 'must be a language tag, like de-AT')

const instant = z.iso.datetime({ offset: true })

export const acceptedSchema = z.object({
  success: z.literal(true),
  message: z.literal('Notification queued for delivery'),
  recipientCount: z.number().int().nullable(),
  eventId: z.string(),
  statusUrl: z.string(),
})
export type Accepted = z.infer<typeof acceptedSchema>

/** One answer for each event, in their order. */
export const batchAnswerSchema = z.object({
  success: z.boolean(),
  acceptedCount: z.number().int(),
  refusedCount: z.number().int(),
  answers: z.array(
    z.union([
      acceptedSchema.extend({ status: z.literal(202) }),
      z.object({
        status: z.union([z.literal(422), z.literal(503)]),
        success: z.literal(false),
        code: z.string(),
        detail: z.string(),
        problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
      }),
    ]),
  ),
})
export type BatchAnswer = z.infer<typeof batchAnswerSchema>

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
      /** Why it was not sent: a decision code, and after a colon what the provider said. */
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
  fanout: z
    .object({
      status: fanoutStatusSchema,
      /** Whom it has come to; people are taken in the order of their ids. */
      cursor: z.string().nullable(),
      /** How many people it has come past. */
      resolved: z.number().int(),
      /** How many there are in all: counted at the start, exact once it is COMPLETED; null until counted. */
      total: z.number().int().nullable(),
      /** Why it FAILED. */
      reason: z.string().nullable(),
    })
    .nullable(),
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

export const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, like 22:00')

export const quietHoursSchema = z.object({
  start: timeOfDay,
  end: timeOfDay,
  timeZone: timeZoneName.optional(),
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
  locale: localeTag.nullish(),
  timeZone: timeZoneName.nullish(),
  preferences: preferencesSchema.optional(),
})
export type UserInput = z.infer<typeof userSchema>

/** What a person wants, with nothing left to guess. */
export const preferencesAnswerSchema = z.object({
  email: z.boolean(),
  push: z.boolean(),
  sms: z.boolean(),
  inApp: z.boolean(),
  whatsapp: z.boolean(),
  categories: z.record(z.string(), z.object({ ...channelSwitches, enabled: z.boolean().optional() })),
  quietHours: quietHoursSchema.nullable(),
})
export type PreferencesAnswer = z.infer<typeof preferencesAnswerSchema>

export const storedUserSchema = z.object({
  id: z.string(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  roles: z.array(z.string()),
  attributes: z.record(z.string(), z.unknown()),
  locale: z.string().nullable(),
  timeZone: z.string().nullable(),
  preferences: preferencesAnswerSchema,
})
