import type { ProblemDocument } from '@carillon/contracts'
import { type AnswerShape, findMissing } from './answer-shape.ts'
import { CarillonError } from './carillon-error.ts'

export interface HttpOptions {
  /** Where the API answers, such as `https://notify.example.com`. */
  readonly url: string
  /** An API key, or a person's token; a function is asked before every request. */
  readonly token: string | (() => string | Promise<string>)
  readonly fetch?: typeof fetch
  /** How often a request that was not answered is sent again; 4 unless said otherwise. */
  readonly retries?: number
  /** Of one try. */
  readonly timeoutMs?: number
  readonly sleep?: (ms: number) => Promise<void>
  readonly random?: () => number
}

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: unknown
  /** The same for every try: that is what makes trying again harmless. */
  readonly idempotencyKey?: string
  /** What must be in the answer, or it is not the API's. */
  readonly needs: AnswerShape
  /** A status with which the API also gives the answer that was asked for. */
  readonly isAnswerAlso?: number
}

export type Ask = <Answer>(request: Request) => Promise<Answer>

const FIRST_PAUSE_MS = 200
const PAUSE_MS_MAX = 5_000
const RETRY_AFTER_MS_MAX = 60_000
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504])

/** Tries again after no answer, an outage and a rate limit; everything else is the caller's to mend. */
export function createAsk(options: HttpOptions): Ask {
  const { retries = 4, sleep = rest, random = Math.random } = options
  return async function ask<Answer>(request: Request): Promise<Answer> {
    for (let tried = 0; ; tried++) {
      const answered = await tryOnce<Answer>(options, request)
      if (answered.ok) return answered.answer
      if (!answered.isPassing || tried >= retries) throw answered.error
      const pauseMs = Math.min(PAUSE_MS_MAX, FIRST_PAUSE_MS * 2 ** tried)
      await sleep(answered.retryAfterMs ?? pauseMs * (0.5 + random() / 2))
    }
  }
}

type Tried<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | {
      readonly ok: false
      readonly isPassing: boolean
      readonly error: CarillonError
      readonly retryAfterMs?: number | undefined
    }

async function tryOnce<Answer>(options: HttpOptions, request: Request): Promise<Tried<Answer>> {
  const { fetch: send = fetch, timeoutMs = 10_000 } = options
  const url = buildUrl(options.url, request)
  try {
    const response = await send(url, {
      method: request.method,
      headers: await headersOf(options, request),
      ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    if (response.ok || isAnswer(response, request)) return readAnswer(response, text, url, request)
    return { ok: false, ...readRefusal(response, text) }
  } catch (cause) {
    const error = new CarillonError(`no answer from ${url}`, { code: 'no_answer' }, cause)
    return { ok: false, isPassing: true, error }
  }
}

/** A wrong address may answer well with something else: a sign-in page, another service, an API of another age. */
function readAnswer<Answer>(response: Response, text: string, url: string, { needs }: Request): Tried<Answer> {
  const type = (response.headers.get('content-type') ?? '').split(';')[0] || 'nothing'
  const refuse = (what: string): Tried<Answer> => {
    const title = `${url} answered ${response.status} with ${what}: is it the address of the Carillon API?`
    return {
      ok: false,
      isPassing: false,
      error: new CarillonError(title, { status: response.status, code: 'unexpected_answer' }),
    }
  }
  if (type !== 'application/json') return refuse(type)
  const answer = parseJson(text)
  const missing = findMissing(answer, needs)
  return missing === undefined ? { ok: true, answer: answer as Answer } : refuse(`JSON that lacks ${missing}`)
}

/** A problem has a content type of its own, and what stands between us and the API has another. */
function isAnswer({ status, headers }: Response, { isAnswerAlso }: Request): boolean {
  return status === isAnswerAlso && (headers.get('content-type') ?? '').startsWith('application/json')
}

async function headersOf({ token }: HttpOptions, { body, idempotencyKey }: Request): Promise<Record<string, string>> {
  return {
    authorization: `Bearer ${typeof token === 'string' ? token : await token()}`,
    accept: 'application/json',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
  }
}

function buildUrl(base: string, { path, query = {} }: Request): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value))
  const search = given.toString()
  return `${base.replace(/\/+$/, '')}${path}${search === '' ? '' : `?${search}`}`
}

function readRefusal(response: Response, text: string) {
  const { status } = response
  const problem = readProblem(text)
  const { title = `the API answered ${status}`, detail, code = `http_${status}`, problems = [], requestId } = problem
  return {
    isPassing: PASSING.has(status),
    retryAfterMs: readRetryAfter(response.headers.get('retry-after')),
    error: new CarillonError(detail ?? title, { status, code, problems, ...(requestId && { requestId }) }),
  }
}

/** What stands between us and the API may answer with a page of its own. */
function readProblem(text: string): Partial<ProblemDocument> {
  const parsed = parseJson(text)
  return typeof parsed === 'object' && parsed !== null ? parsed : {}
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1_000
  return Number.isNaN(ms) ? undefined : Math.min(RETRY_AFTER_MS_MAX, Math.max(0, ms))
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
