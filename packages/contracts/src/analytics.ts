import { z } from 'zod'
import { channelSchema, deliveryStatusSchema } from './words.ts'

const instant = z.iso.datetime({ offset: true })
const count = z.number().int()

export const analyticsAnswerSchema = z.object({
  since: instant,
  until: instant,
  /** More rows than are counted: the newest ones are what the figures are of. */
  isCut: z.boolean(),
  /** Handed over and accepted, by the hour in UTC in which that was. */
  sentPerHour: z.array(z.object({ hour: instant, channels: z.partialRecord(channelSchema, count) })),
  channels: z.array(
    z.object({
      channel: channelSchema,
      statuses: z.partialRecord(deliveryStatusSchema, count),
      /** Hand-overs that a provider accepted, each of which costs. */
      accepted: count,
      /** In the currency of CHANNEL_COSTS; null where no price is set. */
      cost: z.number().nullable(),
    }),
  ),
  /** Of notifications that the inbox shows. */
  reading: z.object({
    notifications: count,
    read: count,
    rate: z.number().nullable(),
    medianSecondsToRead: z.number().nullable(),
    p90SecondsToRead: z.number().nullable(),
  }),
  escalations: z.object({
    notifications: count,
    /** Steps that were never sent, because the person had read, acknowledged or got the message before. */
    stepsCancelled: count,
    stepsSent: count,
  }),
})
export type AnalyticsAnswer = z.infer<typeof analyticsAnswerSchema>
