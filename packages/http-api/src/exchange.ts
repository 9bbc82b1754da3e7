import { type Context, context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { type Answer, answerProblem, toResponse } from './answer.ts'
import type { Admission, Admit } from './auth/authenticate.ts'
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
  admit(access: Exclude<Access, 'public'>): Promise<Admission>
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

/** Runs one request in its span, turns whatever is thrown into a problem, and reports one line at its end. */
export async function runExchange(
  api: Api,
  request: Request,
  route: string,
  readParams: () => Record<string, string>,
  answerRequest: (exchange: Exchange) => Promise<Answer>,
): Promise<Response> {
  const startedAtMs = performance.now()
  const given = request.headers.get('x-request-id')
  const requestId = given !== null && REQUEST_ID.test(given) ? given : crypto.randomUUID()
  const span = tracer.startSpan(`${request.method} ${route}`, { kind: SpanKind.SERVER }, readCallersContext(request))
  const traceContext = trace.setSpan(ROOT_CONTEXT, span)
  let added: Readonly<Record<string, string>> | undefined
  const noted: { tenantId?: string; eventId?: string } = {}
  const exchange: Exchange = {
    ports: api.ports,
    settings: api.settings,
    request,
    requestId,
    readParams,
    describeApi: api.describeApi,
    admit: (access) => api.admit(request.headers.get('authorization'), access),
    limitPace: api.limitPace,
    addHeaders(more) {
      added = more
    },
    note: (fields) => void Object.assign(noted, fields),
  }
  const answer = await context.with(traceContext, () => answerSafely(api, exchange, route, answerRequest))
  if (span.isRecording()) {
    span.setAttributes({
      'http.request.method': request.method,
      'http.route': route,
      'http.response.status_code': answer.status,
    })
    if (answer.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
  }
  span.end()
  api.ports.observer.recordRequest({
    requestId,
    method: request.method,
    route,
    status: answer.status,
    durationMs: performance.now() - startedAtMs,
    ...(answer.kind === 'problem' && { code: answer.code }),
    ...noted,
    ...readTraceId(span.spanContext().traceId),
  })
  return toResponse(answer, requestId, added)
}

function readCallersContext(request: Request): Context {
  return propagation.extract(ROOT_CONTEXT, request.headers, HTTP_HEADERS)
}

function readTraceId(traceId: string): { traceId?: string } {
  return /[1-9a-f]/.test(traceId) ? { traceId } : {}
}

async function answerSafely(
  api: Api,
  exchange: Exchange,
  route: string,
  answerRequest: (exchange: Exchange) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await answerRequest(exchange)
  } catch (error) {
    api.ports.observer.recordFailure(`answer ${exchange.request.method} ${route}`, exchange.requestId, error)
    if (!isUnavailable(error) && !api.settings.isOutage(error))
      return answerProblem(500, 'internal', 'The fault is ours; it was recorded with this requestId.')
    return answerProblem(503, 'unavailable', 'Something that the answer needs is away; repeat the request.', {
      headers: { 'retry-after': '2' },
    })
  }
}
