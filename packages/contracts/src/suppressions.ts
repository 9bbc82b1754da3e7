import { z } from 'zod'
import { channelSchema } from './words.ts'

const instant = z.iso.datetime({ offset: true })
const address = z.string().min(1).max(4_096)

/** An address that nothing is sent to any more, as a keyed hash: it outlives whoever it belonged to. */
export const suppressionSchema = z.object({
  channel: channelSchema,
  addressHash: z.string(),
  reason: z.string(),
  /** The delivery by which it was found out, if it was one. */
  deliveryId: z.string().nullable(),
  createdAt: instant,
})
export type Suppression = z.infer<typeof suppressionSchema>

export const suppressionsAnswerSchema = z.object({
  suppressions: z.array(suppressionSchema),
  nextCursor: z.string().nullable(),
})

export const suppressionsQuerySchema = z.object({
  channel: channelSchema.optional(),
  /** Whether this one is suppressed; compared by its hash. */
  address: address.optional(),
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

export const liftSuppressionSchema = z
  .object({ channel: channelSchema, address: address.optional(), addressHash: z.string().min(1).max(128).optional() })
  .refine((one) => (one.address === undefined) !== (one.addressHash === undefined), {
    path: ['address'],
    error: 'either address or addressHash is needed',
  })

export const liftedAnswerSchema = z.object({ success: z.literal(true), removed: z.number().int() })
