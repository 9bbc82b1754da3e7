import { z } from 'zod'
import { storedUserSchema } from './rest.ts'

/** Everything that is kept of a person. */
export const personExportSchema = z.object({
  user: storedUserSchema.nullable(),
  devices: z.array(z.object({ token: z.string(), platform: z.string(), createdAt: z.iso.datetime() })),
  topics: z.array(z.string()),
  notifications: z.array(
    z.object({
      id: z.string(),
      createdAt: z.iso.datetime(),
      type: z.string().nullable(),
      category: z.string().nullable(),
      title: z.string().nullable(),
      message: z.string().nullable(),
      metadata: z.record(z.string(), z.unknown()).nullable(),
      contact: z.record(z.string(), z.unknown()).nullable(),
      readAt: z.iso.datetime().nullable(),
      deliveries: z.array(
        z.object({
          channel: z.string(),
          status: z.string(),
          reason: z.string().nullable(),
          sentAt: z.string().nullable(),
        }),
      ),
    }),
  ),
  /** False where only the newest notifications are in it. */
  isComplete: z.boolean(),
})
export type PersonExport = z.infer<typeof personExportSchema>

export const erasedAnswerSchema = z.object({
  success: z.literal(true),
  erased: z.object({
    notifications: z.number().int(),
    devices: z.number().int(),
    /** Events that wait, schedules, and events that still reach their people: the person is left out of each. */
    heldEvents: z.number().int(),
    schedules: z.number().int(),
    fanouts: z.number().int(),
    /** Deliveries that were ended before they went out. */
    cancelled: z.number().int(),
    /** Deliveries that were on their way to a provider at that moment. */
    possiblySent: z.number().int(),
  }),
})
export type ErasedCounts = z.infer<typeof erasedAnswerSchema>['erased']
