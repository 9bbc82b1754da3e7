import { type Api, runExchange } from './exchange.ts'
import type { Route } from './route.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
type Handler = (request: Request) => Response | Promise<Response>

/** By path, then by method; for a server that finds a path by its very bytes. Every other way to write it is the router's. */
export type ExactRoutes = Readonly<Record<string, Readonly<Partial<Record<Method, Handler>>>>>

/**
 * The routes without parameters, without the way through the router, which costs more than the rest of the way to them. Where
 * browsers may call, what allows origins sits in the router: whoever says an origin goes there, and so does all that may be cached.
 */
export function createExactRoutes(api: Api, routes: readonly Route[], fetchRouted: Handler): ExactRoutes {
  const isForBrowsers = api.settings.corsOrigins.length > 0
  const exact: Record<string, Partial<Record<Method, Handler>>> = {}
  for (const route of routes) {
    const method = METHODS[route.method]
    if (route.path.includes('{') || (isForBrowsers && method === 'GET')) continue
    const answer: Handler = (request) => runExchange(api, request, route.path, noParams, route.answer)
    const answerServices: Handler = (request) => (request.headers.has('origin') ? fetchRouted : answer)(request)
    exact[route.path] = { ...exact[route.path], [method]: isForBrowsers ? answerServices : answer }
  }
  return exact
}

const METHODS = { get: 'GET', post: 'POST', put: 'PUT', delete: 'DELETE' } as const
const noParams = () => ({})
