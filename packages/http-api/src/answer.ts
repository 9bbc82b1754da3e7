import type { Problem, ProblemDocument } from '@carillon/contracts'

/** What a route says; how it becomes an HTTP response is decided in one place. */
export type Answer = JsonAnswer | TextAnswer | ProblemAnswer

type Headers = Readonly<Record<string, string>>

export interface JsonAnswer {
  readonly kind: 'json'
  readonly status: number
  readonly body: unknown
  readonly headers?: Headers
}

export interface TextAnswer {
  readonly kind: 'text'
  readonly status: number
  readonly contentType: string
  readonly text: string
  readonly headers?: Headers
}

export interface ProblemAnswer {
  readonly kind: 'problem'
  readonly status: number
  readonly code: ProblemCode
  readonly detail: string
  readonly problems?: readonly Problem[]
  readonly headers?: Headers
}

/** The stable codes: clients branch on these, so one is added but never renamed. */
export const PROBLEM_TITLES = {
  malformed_json: 'The body is not acceptable JSON',
  invalid_request: 'The request is not valid',
  invalid_event: 'The event is not valid',
  user_required: 'The person is missing',
  credential_missing: 'A credential is needed',
  credential_invalid: 'The credential is not valid',
  signature_invalid: 'The signature is not genuine',
  scope_missing: 'The credential may not do this',
  not_found: 'There is no such thing',
  method_not_allowed: 'The method is not allowed here',
  body_timeout: 'The body did not arrive in time',
  body_too_large: 'The body is too large',
  unsupported_media_type: 'The body has the wrong type',
  already_decided: 'It was decided before',
  not_held_yet: 'The event is still on its way',
  idempotency_conflict: 'The Idempotency-Key was used with another body',
  wrong_state: 'That cannot be done in this state',
  too_many_keys: 'The name has two keys that live',
  rate_limited: 'Too many requests',
  in_use: 'It is still in use',
  not_accepted: 'The event was not accepted',
  unavailable: 'The service cannot answer now',
  internal: 'Something went wrong on our side',
} as const
export type ProblemCode = keyof typeof PROBLEM_TITLES

export function answerJson(status: number, body: unknown, headers?: Headers): JsonAnswer {
  return { kind: 'json', status, body, ...(headers && { headers }) }
}

export function answerProblem(
  status: number,
  code: ProblemCode,
  detail: string,
  more: { readonly problems?: readonly Problem[]; readonly headers?: Headers } = {},
): ProblemAnswer {
  return { kind: 'problem', status, code, detail, ...more }
}

export function answerInvalid(problems: readonly Problem[], code: ProblemCode = 'invalid_request'): ProblemAnswer {
  const detail = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ')
  return answerProblem(422, code, detail, { problems })
}

export function answerNotFound(what: string): ProblemAnswer {
  return answerProblem(404, 'not_found', `There is no such ${what}.`)
}

// The API answers data to programs: nothing in it may be framed, run, sniffed or kept by a cache.
const PROTECTIVE_HEADERS: Headers = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'cache-control': 'no-store',
}

export function toResponse(answer: Answer, requestId: string, added?: Headers): Response {
  const { contentType, text } = renderAnswer(answer, requestId)
  const response = new Response(text, { status: answer.status, headers: headersOf(contentType) })
  response.headers.set('x-request-id', requestId)
  if (added) setHeaders(response, added)
  if (answer.headers) setHeaders(response, answer.headers)
  return response
}

function setHeaders({ headers }: Response, given: Headers): void {
  for (const name of Object.keys(given)) headers.set(name, given[name] ?? '')
}

const headersByType = new Map<string, globalThis.Headers>()

/** Made once a type of content, of which there are a few: a response copies them for less than it takes to read an object. */
function headersOf(contentType: string): globalThis.Headers {
  const known = headersByType.get(contentType)
  if (known) return known
  const made = new globalThis.Headers({ ...PROTECTIVE_HEADERS, 'content-type': contentType })
  headersByType.set(contentType, made)
  return made
}

function renderAnswer(answer: Answer, requestId: string): { contentType: string; text: string } {
  if (answer.kind === 'json') return { contentType: 'application/json', text: JSON.stringify(answer.body) }
  if (answer.kind === 'text') return answer
  const document: ProblemDocument = {
    type: `urn:carillon:problem:${answer.code}`,
    title: PROBLEM_TITLES[answer.code],
    status: answer.status,
    code: answer.code,
    detail: answer.detail,
    requestId,
    ...(answer.problems && { problems: [...answer.problems] }),
  }
  return { contentType: 'application/problem+json', text: JSON.stringify(document) }
}
