import { z } from 'zod'

const instant = z.iso.datetime({ offset: true })

export const heldStateSchema = z.enum(['WAITING', 'RELEASING', 'RELEASED', 'CANCELLED', 'REJECTED'])

/** How the deliveries stood of which something was stopped. */
export const stoppedCountsSchema = z.object({
  cancelled: z.number().int(),
  tooLate: z.number().int(),
  possiblySent: z.number().int(),
})

export const heldEventAnswerSchema = z.object({
  success: z.literal(true),
  event: z.object({
    id: z.string(),
    state: heldStateSchema,
    releaseAt: instant.nullable(),
    decidedAt: instant.nullable(),
    decidedBy: z.string().nullable(),
  }),
})
export type HeldEventAnswer = z.infer<typeof heldEventAnswerSchema>

export const cancelledKeyAnswerSchema = z.object({
  success: z.literal(true),
  cancelKey: z.string(),
  eventIds: z.array(z.string()),
  stopped: stoppedCountsSchema,
})
export type CancelledKeyAnswer = z.infer<typeof cancelledKeyAnswerSchema>
