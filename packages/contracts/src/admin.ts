import { z } from 'zod'
import { identifier } from './text.ts'
import { channelSchema, deliveryStatusSchema, SENT_CHANNELS } from './words.ts'

const instant = z.iso.datetime({ offset: true })
const count = z.number().int()

export const sentChannelSchema = z.enum(SENT_CHANNELS)

export const statsAnswerSchema = z.object({
  since: instant,
  channels: z.array(
    z.object({
      channel: channelSchema,
      waiting: count,
      delayed: count,
      active: count,
      completed: count,
      failed: count,
      /** Handed over, without an answer that says whether it arrived. */
      possiblySent: count,
      statuses: z.partialRecord(deliveryStatusSchema, count),
    }),
  ),
})

export const failedDeliverySchema = z.object({
  id: z.uuid(),
  notificationId: z.uuid(),
  recipientId: z.string(),
  channel: channelSchema,
  step: count,
  replay: count,
  reason: z.string().nullable(),
  error: z.string().nullable(),
  provider: z.string().nullable(),
  attemptCount: count,
  possiblySent: z.boolean(),
  createdAt: instant,
})
export type FailedDelivery = z.infer<typeof failedDeliverySchema>

export const failuresAnswerSchema = z.object({
  failures: z.array(failedDeliverySchema),
  nextCursor: z.string().nullable(),
})

export const REPLAY_TOGETHER_MAX = 1_000
export const replayFailuresSchema = z.object({ deliveryIds: z.array(z.uuid()).min(1).max(REPLAY_TOGETHER_MAX) })

export const replayAnswerSchema = z.enum(['replayed', 'stopped', 'not_failed', 'replayed_before', 'not_found'])

export const replayFailuresAnswerSchema = z.object({
  success: z.literal(true),
  replayedCount: count,
  deliveries: z.array(z.object({ id: z.uuid(), answer: replayAnswerSchema, deliveryId: z.uuid().nullable() })),
})

/** One dead letter, as far as it can be shown: value and key are cut, and null when they are no text. */
export const deadLetterSchema = z.object({
  topic: z.string(),
  partition: count,
  offset: z.string(),
  reason: z.string().nullable(),
  message: z.string().nullable(),
  originalTopic: z.string().nullable(),
  originalPartition: count.nullable(),
  originalOffset: z.string().nullable(),
  firstSeen: z.string().nullable(),
  attempts: count,
  traceId: z.string().nullable(),
  tenantId: z.string(),
  key: z.string().nullable(),
  value: z.string().nullable(),
})
export type DeadLetterLine = z.infer<typeof deadLetterSchema>

export const deadLettersAnswerSchema = z.object({
  deadLetters: z.array(deadLetterSchema),
  nextCursor: z.string().nullable(),
})

const offset = z.string().regex(/^\d{1,19}$/, 'must be an offset, like 42')
export const replayDeadLettersSchema = z.object({
  topic: identifier,
  letters: z
    .array(z.object({ partition: z.number().int().min(0).max(100_000), offset }))
    .min(1)
    .max(REPLAY_TOGETHER_MAX),
})

export const replayDeadLettersAnswerSchema = z.object({
  success: z.literal(true),
  replayedCount: count,
  letters: z.array(z.object({ partition: count, offset: z.string(), answer: z.enum(['replayed', 'not_found']) })),
})

export const queuesAnswerSchema = z.object({
  status: z.enum(['ok', 'degraded']),
  queues: z.array(
    z.object({
      channel: z.string(),
      isHealthy: z.boolean(),
      paused: z.boolean(),
      stopped: z.boolean(),
      simulated: z.boolean(),
      /** Records that wait in its topics, both lanes; null where Kafka did not say. */
      lag: count.nullable(),
    }),
  ),
})

export const queueStateAnswerSchema = z.object({
  success: z.literal(true),
  queue: z.object({ channel: channelSchema, paused: z.boolean() }),
})

export const cleanSchema = z.object({
  state: z.enum(['done', 'failed']).default('done'),
  olderThanDays: z.number().int().min(1).max(3_650).optional(),
})

export const cleanAnswerSchema = z.object({
  success: z.literal(true),
  deletedCount: count,
  /** False: there is more; ask again. */
  isComplete: z.boolean(),
})
