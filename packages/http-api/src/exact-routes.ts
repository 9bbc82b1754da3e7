import type { Route } from './route.ts'

/** Finds the routes without parameters by the very bytes of their path; every other way to write it is the router's. */
export function createExactRoutes(routes: readonly Route[]): (request: Request) => Route | undefined {
  const known = new Map<string, Map<string, Route>>()
  for (const route of routes) {
    if (route.path.includes('{')) continue
    const byMethod = known.get(route.path) ?? new Map<string, Route>()
    byMethod.set(route.method.toUpperCase(), route)
    known.set(route.path, byMethod)
  }
  return (request) => known.get(readPath(request.url))?.get(request.method)
}

function readPath(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const end = url.indexOf('?', start)
  return end === -1 ? url.slice(start) : url.slice(start, end)
}
