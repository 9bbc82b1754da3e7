import { z } from 'zod'

/** One thing that is wrong with what came in: where, and what to do about it. */
export interface Problem {
  readonly path: string
  readonly message: string
}

const PROBLEMS_MAX = 50

export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.slice(0, PROBLEMS_MAX).map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: issue.message,
  }))
}

/** RFC 9457, with a stable `code` and every problem listed. */
export const problemDocumentSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string().optional(),
  requestId: z.string().optional(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type ProblemDocument = z.infer<typeof problemDocumentSchema>
