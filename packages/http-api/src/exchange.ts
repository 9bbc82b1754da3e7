import {
  type Context,
  context,
  INVALID_TRACEID,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { type Answer, answerProblem, toResponse } from './answer.ts'
import type { Admit } from './auth/authenticate.ts'
import type { Access } from './auth/caller.ts'
import type { ApiPorts, RequestLine } from './ports.ts'
import type { LimitPace } from './rate-limit.ts'
import type { CompleteSettings } from './settings.ts'
import { isUnavailable } from './unavailable.ts'

/** What all requests share. */
export interface Api {
  readonly ports: ApiPorts
  readonly settings: CompleteSettings
  readonly admit: Admit
  readonly limitPace: LimitPace
  describeApi(): object
}

/** One request on its way through a route. */
export interface Exchange {
  readonly ports: ApiPorts
  readonly settings: CompleteSettings
  readonly request: Request
  readonly requestId: string
  readParams(): Record<string, string>
  describeApi(): object
  admit(access: Exclude<Access, 'public'>): ReturnType<Admit>
  readonly limitPace: LimitPace
  /** Adds headers to the answer, whatever it will be. */
  addHeaders(headers: Readonly<Record<string, string>>): void
  /** Adds ids to the request's line in the log. */
  note(fields: Pick<RequestLine, 'tenantId' | 'eventId'>): void
}

const tracer = trace.getTracer('carillon-http-api')
const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/
const HTTP_HEADERS = {
  keys: (headers: Headers) => [...headers.keys()],
  get: (headers: Headers, name: string) => headers.get(name) ?? undefined,
}

/** A class, because an object with as many functions of its own is made for every request otherwise. */
class OpenExchange implements Exchange {
  readonly #api: Api
  readonly request: Request
  readonly requestId: string
  readonly readParams: () => Record<string, string>
  added: Readonly<Record<string, string>> | undefined
  tenantId: string | undefined
  eventId: string | undefined

  constructor(api: Api, request: Request, readParams: () => Record<string, string>) {
    this.#api = api
    this.request = request
    const given = request.headers.get('x-request-id')
    this.requestId = given !== null && REQUEST_ID.test(given) ? given : crypto.randomUUID()
    this.readParams = readParams
  }

  get ports(): ApiPorts {
    return this.#api.ports
  }

  get settings(): CompleteSettings {
    return this.#api.settings
  }

  get limitPace(): LimitPace {
    return this.#api.limitPace
  }

  get describeApi(): () => object {
    return this.#api.describeApi
  }

  admit(access: Exclude<Access, 'public'>): ReturnType<Admit> {
    return this.#api.admit(this.request.headers.get('authorization'), access)
  }

  addHeaders(headers: Readonly<Record<string, string>>): void {
    this.added = headers
  }

  note({ tenantId, eventId }: Pick<RequestLine, 'tenantId' | 'eventId'>): void {
    if (tenantId !== undefined) this.tenantId = tenantId
    if (eventId !== undefined) this.eventId = eventId
  }
}

/** Runs one request in its span, turns whatever is thrown into a problem, and reports one line at its end. */
export async function runExchange(
  api: Api,
  request: Request,
  route: string,
  readParams: () => Record<string, string>,
  answerRequest: (exchange: Exchange) => Promise<Answer>,
): Promise<Response> {
  const startedAtMs = performance.now()
  const exchange = new OpenExchange(api, request, readParams)
  const span = tracer.startSpan(`${request.method} ${route}`, { kind: SpanKind.SERVER }, readCallersContext(request))
  let answer: Answer
  try {
    answer = await context.with(trace.setSpan(ROOT_CONTEXT, span), answerRequest, undefined, exchange)
  } catch (error) {
    answer = answerFailure(api, exchange, route, error)
  }
  if (span.isRecording()) {
    span.setAttributes({
      'http.request.method': request.method,
      'http.route': route,
      'http.response.status_code': answer.status,
    })
    if (answer.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
  }
  span.end()
  api.ports.observer.recordRequest(describeRequest(exchange, route, answer, startedAtMs, span.spanContext().traceId))
  return toResponse(answer, exchange.requestId, exchange.added)
}

function describeRequest(
  { requestId, request, tenantId, eventId }: OpenExchange,
  route: string,
  answer: Answer,
  startedAtMs: number,
  traceId: string,
): RequestLine {
  const durationMs = performance.now() - startedAtMs
  const line: Writable<RequestLine> = { requestId, method: request.method, route, status: answer.status, durationMs }
  if (answer.kind === 'problem') line.code = answer.code
  if (tenantId !== undefined) line.tenantId = tenantId
  if (eventId !== undefined) line.eventId = eventId
  if (isTraceId(traceId)) line.traceId = traceId
  return line
}

type Writable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] }

function readCallersContext(request: Request): Context {
  return propagation.extract(ROOT_CONTEXT, request.headers, HTTP_HEADERS)
}

/** Where nothing traces it is all zeros. */
function isTraceId(traceId: string): boolean {
  return traceId !== INVALID_TRACEID
}

function answerFailure(api: Api, { request, requestId }: OpenExchange, route: string, error: unknown): Answer {
  api.ports.observer.recordFailure(`answer ${request.method} ${route}`, requestId, error)
  if (!isUnavailable(error) && !api.settings.isOutage(error))
    return answerProblem(500, 'internal', 'The fault is ours; it was recorded with this requestId.')
  return answerProblem(503, 'unavailable', 'Something that the answer needs is away; repeat the request.', {
    headers: { 'retry-after': '2' },
  })
}
