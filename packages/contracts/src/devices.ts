import { z } from 'zod'
import { identifier, text } from './text.ts'

const TOKEN_LENGTH_MAX = 4_096

export const platformSchema = z.enum(['ios', 'android', 'web'])

const subscriptionSchema = z.object({
  endpoint: z.url({ protocol: /^https$/, hostname: z.regexes.domain }).max(2_048),
  keys: z.object({
    p256dh: z.string().regex(/^[\w-]{80,100}=*$/, 'must be the key of a browser'),
    auth: z.string().regex(/^[\w-]{20,30}=*$/, 'must be the key of a browser'),
  }),
})

/**
 * A registration token of FCM's, or a browser's Web Push subscription as JSON. A subscription is kept with what is needed
 * and in one order, so that the same one is always the same token.
 */
const deviceToken = text(TOKEN_LENGTH_MAX)
  .min(1)
  .transform((token, context) => {
    if (!token.trimStart().startsWith('{')) {
      if (!/^[\x21-\x7e]+$/.test(token)) context.addIssue({ code: 'custom', message: 'must have no spaces' })
      return token
    }
    const parsed = subscriptionSchema.safeParse(parseJson(token))
    if (parsed.success) return JSON.stringify(parsed.data)
    context.addIssue({ code: 'custom', message: 'must be a Web Push subscription with an https endpoint and its keys' })
    return z.NEVER
  })

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

export const deviceSchema = z
  .object({ token: deviceToken, platform: platformSchema, userId: identifier.optional() })
  .refine(({ token, platform }) => platform === 'web' || !token.startsWith('{'), {
    path: ['platform'],
    error: 'a Web Push subscription is of platform web',
  })
export type DeviceInput = z.infer<typeof deviceSchema>

/** One device, or all of them, but never all because nothing was said. */
export const deviceRemovalSchema = z
  .object({
    token: deviceToken.optional(),
    id: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be the id of a device')
      .optional(),
    all: z.literal(true).optional(),
    userId: identifier.optional(),
  })
  .refine(({ token, id, all }) => [token, id, all].filter((one) => one !== undefined).length === 1, {
    error: 'must have one of token, id and all',
  })
export type DeviceRemoval = z.infer<typeof deviceRemovalSchema>

export const storedDeviceSchema = z.object({
  id: z.string(),
  platform: platformSchema,
  createdAt: z.iso.datetime({ offset: true }),
  lastSeenAt: z.iso.datetime({ offset: true }),
})

export const devicesAnswerSchema = z.object({ devices: z.array(storedDeviceSchema) })

export const deviceRemovalAnswerSchema = z.object({ success: z.literal(true), removed: z.number().int() })
