import { z } from 'zod'

/** Where a tenant hears of outcomes that does not read Kafka; one a tenant. */
export const outcomeWebhookSchema = z.object({
  url: z.url({ protocol: /^https$/, error: 'must be an https address' }).max(2_048),
  /** A new secret, also where there is one. */
  rotateSecret: z.boolean().optional(),
})
export type OutcomeWebhookInput = z.infer<typeof outcomeWebhookSchema>

export const outcomeWebhookAnswerSchema = z.object({
  url: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** Shown once, when it is made. */
  secret: z.string().optional(),
  /** Calls that nobody tries again by itself. */
  deadCalls: z.number().int(),
})
export type OutcomeWebhookAnswer = z.infer<typeof outcomeWebhookAnswerSchema>

export const replayedCallsSchema = z.object({ success: z.literal(true), replayed: z.number().int() })
