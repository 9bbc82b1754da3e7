import { z } from 'zod'
import { ladderStepSchema } from './event.ts'
import { preferencesSchema } from './rest.ts'
import { categorySchema, tenantSchema } from './settings.ts'
import { identifier } from './text.ts'
import { channelSchema, deliveryStatusSchema, prioritySchema, stopOnSchema, strategySchema } from './words.ts'

const instant = z.iso.datetime({ offset: true })

/** A reason code in words for the person who asks. */
const saidSchema = z.object({
  code: z.string(),
  text: z.string(),
  detail: z.string().optional(),
})

/** One try at a delivery, as its provider knows it. */
const explainedTrySchema = z.object({
  number: z.number().int(),
  provider: z.string().nullable(),
  /** By which the provider's own logs and its support find the message. */
  providerMessageId: z.string().nullable(),
  outcome: z.string().nullable(),
  reason: z.string().nullable(),
  /** In the provider's words. */
  error: z.string().nullable(),
  startedAt: instant,
  endedAt: instant.nullable(),
})

export const explainedDeliverySchema = z.object({
  id: z.uuid(),
  step: z.number().int(),
  replay: z.number().int(),
  status: deliveryStatusSchema,
  reason: z.string().nullable(),
  why: z.string(),
  scheduledFor: instant.nullable(),
  attempts: z.number().int(),
  tries: z.array(explainedTrySchema),
  possiblySent: z.boolean(),
})

export const explainedChannelSchema = z.object({
  channel: channelSchema,
  /** Whether a message went out, goes out yet, or does not. */
  outcome: z.enum(['sent', 'waiting', 'unknown', 'not_sent']),
  why: z.array(saidSchema),
  /** What somebody would have to do for another outcome next time; null where nothing is to be done. */
  whatWouldChangeIt: z.string().nullable(),
  deliveries: z.array(explainedDeliverySchema),
  /** The notification that it goes out in with others, and that can be explained once it is closed; null where it goes alone. */
  digest: z.object({ notificationId: z.uuid(), endsAt: instant, isClosed: z.boolean() }).nullable(),
})
export type ExplainedChannel = z.infer<typeof explainedChannelSchema>

export const timelineEntrySchema = z.object({
  at: instant,
  what: z.string(),
  channel: channelSchema.nullable(),
  step: z.number().int().nullable(),
  text: z.string(),
})
export type TimelineEntry = z.infer<typeof timelineEntrySchema>

export const explanationSchema = z.object({
  notification: z.object({
    id: z.uuid(),
    eventId: z.string().nullable(),
    recipientId: z.string(),
    category: z.string().nullable(),
    priority: z.string().nullable(),
    strategy: z.string().nullable(),
    stopOn: z.string().nullable(),
    ladder: z.array(ladderStepSchema).nullable(),
    experiment: z.string().nullable(),
    templateCode: z.string().nullable(),
    templateVersion: z.number().int().nullable(),
    createdAt: instant,
  }),
  /** About the message as a whole: its content, strategy and ladder. */
  decisions: z.array(saidSchema),
  channels: z.array(explainedChannelSchema),
  timeline: z.array(timelineEntrySchema),
})
export type Explanation = z.infer<typeof explanationSchema>

export const SIMULATED_PEOPLE_MAX = 100

export const simulationSchema = z.object({
  /** As POST /api/notifications takes it, for people that it names. */
  event: z.record(z.string(), z.unknown()),
  /** When; now, if nothing is said. */
  at: instant.optional(),
  /** Instead of what each person has stored. */
  preferences: preferencesSchema.optional(),
  /** Instead of the stored category and tenant. */
  category: categorySchema.optional(),
  tenant: tenantSchema.optional(),
  /** As if that many had been committed for each person in the last hour. */
  sentLastHour: z.number().int().min(0).max(1_000_000).optional(),
  /** As if workers served these channels. */
  servedChannels: z.array(channelSchema).optional(),
})
export type Simulation = z.infer<typeof simulationSchema>

const simulatedPersonSchema = z.object({
  recipientId: identifier,
  isKnown: z.boolean(),
  content: z.object({
    title: z.string(),
    message: z.string(),
    perChannel: z.record(z.string(), z.unknown()).nullable(),
  }),
  strategy: strategySchema,
  priority: prioritySchema,
  stopOn: stopOnSchema.nullable(),
  ladder: z.array(ladderStepSchema).nullable(),
  experiment: z.string().nullable(),
  expiresAt: instant,
  deliveries: z.array(
    z.object({
      channel: channelSchema,
      step: z.number().int(),
      status: deliveryStatusSchema,
      scheduledFor: instant.nullable(),
      reason: z.string().nullable(),
      why: z.string(),
      whatWouldChangeIt: z.string().nullable(),
    }),
  ),
  decisions: z.array(
    saidSchema.extend({ channel: channelSchema.nullable(), whatWouldChangeIt: z.string().nullable() }),
  ),
})
export type SimulatedPerson = z.infer<typeof simulatedPersonSchema>

export const simulatedSchema = z.object({ at: instant, people: z.array(simulatedPersonSchema) })
