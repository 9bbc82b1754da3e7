import type { ExactRoutes } from '@carillon/http-api'

/** The one place that knows which runtime serves HTTP. */

export interface ServeOptions {
  readonly host: string
  readonly port: number
  readonly fetch: (request: Request) => Response | Promise<Response>
  /** What the server finds by itself; all else is for `fetch`. */
  readonly exactRoutes?: ExactRoutes
}

export interface HttpServer {
  readonly url: string
  /** Takes no new connection, answers what is in the air for at most this long, then cuts. */
  close(waitMs: number): Promise<void>
}

export function serveHttp({ host, port, fetch, exactRoutes = {} }: ServeOptions): HttpServer {
  const server = Bun.serve({
    hostname: host,
    port,
    // Bun cuts streams that are idle otherwise; bodies that do not arrive are cut by the body reader.
    idleTimeout: 0,
    routes: exactRoutes,
    fetch: (request) => fetch(request),
  })

  return {
    url: server.url.href.replace(/\/$/, ''),
    async close(waitMs) {
      const overdue = Promise.withResolvers<void>()
      const timer = setTimeout(overdue.resolve, waitMs)
      // Resolves once the last answer is written; connections that only wait for another request are closed at once.
      await Promise.race([server.stop(false), overdue.promise])
      clearTimeout(timer)
      if (server.pendingRequests > 0) await server.stop(true)
    },
  }
}
