import { z } from 'zod'
import { lineOfText } from './text.ts'

const instant = z.iso.datetime({ offset: true })

/** What may be seen of a key: never its secret, which is shown once when it is made. */
export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  createdAt: instant,
  expiresAt: instant.nullable(),
  revokedAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
})
export const apiKeysAnswerSchema = z.object({ apiKeys: z.array(apiKeySchema) })

export const apiKeyInputSchema = z.object({
  name: lineOfText(100).min(1),
  scopes: z.array(lineOfText(64)).min(1).max(100),
  expiresAt: instant.nullish(),
})

const HOUR_SECONDS = 3_600
export const rotateInputSchema = z.object({
  overlapSeconds: z
    .number()
    .int()
    .min(0)
    .max(30 * 24 * HOUR_SECONDS)
    .default(24 * HOUR_SECONDS),
})

export const mintedKeyAnswerSchema = z.object({
  apiKey: apiKeySchema,
  /** The key itself. It is shown once and cannot be shown again. */
  token: z.string(),
})

export const revokedKeyAnswerSchema = z.object({ success: z.literal(true) })
