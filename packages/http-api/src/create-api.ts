import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { cors } from 'hono/cors'
import { answerProblem } from './answer.ts'
import { createDoor } from './auth/authenticate.ts'
import { createExactRoutes } from './exact-routes.ts'
import { type Api, runExchange } from './exchange.ts'
import { describeApi, registerRoute } from './openapi.ts'
import type { ApiPorts } from './ports.ts'
import { createPaceLimit } from './rate-limit.ts'
import type { Route } from './route.ts'
import { ROUTES } from './routes.ts'
import { type ApiSettings, completeSettings } from './settings.ts'

/** The whole HTTP interface: `fetch` from Request to Response, for any server, and a shorter way for one that knows paths itself. */
export function createApi(ports: ApiPorts, given: ApiSettings) {
  const settings = completeSettings(given)
  const app = new OpenAPIHono()
  const describeOnce = once(() => describeApi(app, settings.version))
  const admit = createDoor(ports.credentials, settings.jwt, settings.now)
  const limitPace = createPaceLimit(ports.limiter, settings.rateLimits)
  const api: Api = { ports, settings, admit, limitPace, describeApi: describeOnce }
  if (settings.corsOrigins.length > 0) app.use('*', allowOrigins(settings.corsOrigins))
  for (const route of ROUTES) mountRoute(app, api, route)
  for (const [path, methods] of groupMethods(ROUTES)) mountOtherMethods(app, api, path, methods)
  app.notFound((c) =>
    runExchange(api, c.req.raw, 'unknown', noParams, async () =>
      answerProblem(404, 'not_found', 'There is no such path; /docs shows every one that there is.'),
    ),
  )
  return Object.assign(app, { exactRoutes: createExactRoutes(api, ROUTES, (request) => app.fetch(request)) })
}

function once<Value extends object>(make: () => Value): () => Value {
  let made: Value | undefined
  return () => {
    made ??= make()
    return made
  }
}

const noParams = () => ({})

function mountRoute(app: OpenAPIHono, api: Api, route: Route): void {
  registerRoute(app.openAPIRegistry, route)
  app.on(route.method.toUpperCase(), toHonoPath(route.path), (c) =>
    runExchange(api, c.req.raw, route.path, () => readParams(c), route.answer),
  )
}

function readParams(c: Context): Record<string, string> {
  return c.req.param()
}

function mountOtherMethods(app: OpenAPIHono, api: Api, path: string, methods: readonly string[]): void {
  const detail = `Allowed here: ${methods.join(', ')}.`
  app.all(toHonoPath(path), (c) =>
    runExchange(api, c.req.raw, path, noParams, async () =>
      answerProblem(405, 'method_not_allowed', detail, { headers: { allow: methods.join(', ') } }),
    ),
  )
}

function groupMethods(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>()
  for (const { method, path } of routes) methods.set(path, [...(methods.get(path) ?? []), method.toUpperCase()])
  return methods
}

function toHonoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

function allowOrigins(origins: readonly string[]) {
  return cors({
    origin: [...origins],
    allowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
    allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'x-request-id', 'traceparent'],
    exposeHeaders: ['x-request-id', 'location', 'retry-after', 'ratelimit', 'ratelimit-policy'],
    maxAge: 600,
  })
}
