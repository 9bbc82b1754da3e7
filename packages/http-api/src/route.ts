import type { z } from 'zod'
import type { Answer } from './answer.ts'
import { isAdministrative, keepAudit } from './audit/keep-audit.ts'
import type { Access, Caller } from './auth/caller.ts'
import type { Exchange } from './exchange.ts'
import { type BodyReader, parseInputs } from './parse-inputs.ts'
import { readStrictBody } from './read-body.ts'

/**
 * One definition a route: who may call it, what it takes and what it answers. Validation, scopes and the OpenAPI document
 * all come from it.
 */
export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  /** As OpenAPI writes it: /api/events/{id} */
  readonly path: string
  readonly access: Access
  readonly documentation: RouteDocumentation
  answer(exchange: Exchange): Promise<Answer>
}

export interface RouteDocumentation {
  readonly summary: string
  readonly description?: string
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly headers?: z.ZodObject
  readonly body?: { readonly schema: z.ZodType; readonly isOptional: boolean; readonly example?: unknown }
  readonly answers: Readonly<Record<number, DocumentedAnswer>>
}

export interface DocumentedAnswer {
  readonly description: string
  readonly schema?: z.ZodType
  readonly contentType?: string
}

export interface Call<Params, Query, Body> {
  readonly exchange: Exchange
  readonly caller: Caller
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly bodyBytes: Uint8Array
}

interface GuardedRoute<Params, Query, Body>
  extends Pick<Route, 'method' | 'path'>,
    Omit<RouteDocumentation, 'params' | 'query' | 'body'> {
  readonly access: Exclude<Access, 'public'>
  readonly params?: z.ZodObject & z.ZodType<Params>
  readonly query?: z.ZodObject & z.ZodType<Query>
  readonly body?: BodyReader<Body>
  /** Where more than the usual is taken. */
  readonly bodyBytesMax?: number
  handle(call: Call<Params, Query, Body>): Answer | Promise<Answer>
}

const NO_BYTES = new Uint8Array()

/** Credential before body before values: a stranger learns nothing of what a valid request looks like. */
export function defineRoute<Params = undefined, Query = undefined, Body = undefined>(
  route: GuardedRoute<Params, Query, Body>,
): Route {
  const { method, path, access, params, query, body, bodyBytesMax, handle, ...documentation } = route
  return {
    method,
    path,
    access,
    documentation: { ...documentation, ...(params && { params }), ...(query && { query }), ...(body && { body }) },
    async answer(exchange) {
      // What is known at once is not waited for: each wait is a turn of the loop.
      const admitting = exchange.admit(access)
      const admission = admitting instanceof Promise ? await admitting : admitting
      if (!admission.ok) return admission.answer
      const { caller } = admission
      exchange.note({ tenantId: caller.tenantId })
      const pacing = exchange.limitPace(caller)
      const pace = pacing instanceof Promise ? await pacing : pacing
      exchange.addHeaders(pace.headers)
      if (pace.refusal) return pace.refusal
      const limits = bodyBytesMax === undefined ? exchange.settings : { ...exchange.settings, bodyBytesMax }
      const read = body ? await readStrictBody(exchange.request, limits) : undefined
      if (read && !read.ok) return read.answer
      const inputs = parseInputs({ params, query, body }, exchange, read?.value)
      if (!inputs.ok) return inputs.answer
      const { params: given, query: asked, body: sent } = inputs.values
      const bodyBytes = read?.bytes ?? NO_BYTES
      const answer = await handle({ exchange, caller, params: given, query: asked, body: sent, bodyBytes })
      if (isAdministrative(method, access) && answer.status < 400)
        await keepAudit(exchange, caller, { action: `${method.toUpperCase()} ${path}`, status: answer.status })
      return answer
    },
  }
}

interface PublicRoute extends Pick<Route, 'method' | 'path'>, RouteDocumentation {
  handle(exchange: Exchange): Promise<Answer>
}

export function definePublicRoute({ method, path, handle, ...documentation }: PublicRoute): Route {
  return { method, path, access: 'public', documentation, answer: handle }
}
