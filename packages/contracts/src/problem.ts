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
    message: isUnsaid(issue) ? describeIssue(issue) : issue.message,
  }))
}

/** The library's own words are for programmers; what a schema says itself stands. */
function isUnsaid({ message }: z.core.$ZodIssue): boolean {
  return /^(Invalid|Too (big|small)|Unrecognized)/.test(message)
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function describeIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type': {
      const type = TYPES[issue.expected] ?? issue.expected
      if (!issue.message.endsWith('received undefined')) return `must be ${type}`
      return issue.path.length > 0 ? `is needed, and must be ${type}` : `${type} is needed, as JSON`
    }
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`
    case 'too_small':
      return `must ${measure(issue.origin)} at least ${count(issue.minimum, issue.origin)}`
    case 'too_big':
      return `must ${measure(issue.origin)} at most ${count(issue.maximum, issue.origin)}`
    case 'invalid_format':
      return FORMATS[issue.format] ?? issue.message
    default:
      return issue.message
  }
}

const FORMATS: Readonly<Record<string, string>> = {
  uuid: 'must be an id of ours, like 0190a1b2-c3d4-8e5f-8a6b-7c8d9e0f1a2b',
  datetime: 'must be a date and time with a zone, like 2026-12-01T09:00:00Z',
  url: 'must be an address, like https://example.com/path',
}

function measure(origin: string): string {
  return origin in UNITS ? 'have' : 'be'
}

const UNITS: Readonly<Record<string, readonly [one: string, more: string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
  object: ['entry', 'entries'],
}

function count(limit: number | bigint, origin: string): string {
  const unit = UNITS[origin]?.[Number(limit) === 1 ? 0 : 1]
  return unit ? `${limit} ${unit}` : String(limit)
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
