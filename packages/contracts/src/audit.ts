import { z } from 'zod'
import { identifier } from './text.ts'

/** Who did what, and when: ids alone, because it outlives the people that it names. */
export const auditEntrySchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  /** `key:<id of an API key>`, `user:<id>`, or the tool of an operator. */
  actor: z.string(),
  /** As `DELETE /api/users/{id}`. */
  action: z.string(),
  /** What it was done to, where there is one thing. */
  subject: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()).nullable(),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>

export const auditAnswerSchema = z.object({
  entries: z.array(auditEntrySchema),
  nextCursor: z.string().nullable(),
})

export const auditQuerySchema = z.object({
  actor: identifier.optional(),
  subject: identifier.optional(),
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
