/** The one place that knows which runtime serves HTTP. */

export interface ServeOptions {
  readonly host: string
  readonly port: number
  readonly fetch: (request: Request) => Response | Promise<Response>
}

export interface HttpServer {
  readonly url: string
  /** Takes no new connection, answers what is in the air for at most this long, then cuts. */
  close(waitMs: number): Promise<void>
}

export function serveHttp({ host, port, fetch }: ServeOptions): HttpServer {
  let inTheAir = 0
  let onIdle: (() => void) | undefined

  const server = Bun.serve({
    hostname: host,
    port,
    // Bun cuts streams that are idle otherwise; bodies that do not arrive are cut by the body reader.
    idleTimeout: 0,
    async fetch(request) {
      inTheAir++
      try {
        return await fetch(request)
      } finally {
        inTheAir--
        if (inTheAir === 0) onIdle?.()
      }
    },
  })

  return {
    url: server.url.href.replace(/\/$/, ''),
    async close(waitMs) {
      const idle = Promise.withResolvers<void>()
      onIdle = idle.resolve
      const timer = setTimeout(idle.resolve, waitMs)
      // Without force it would wait for idle connections that clients keep open.
      void server.stop(false)
      if (inTheAir === 0) idle.resolve()
      await idle.promise
      clearTimeout(timer)
      await server.stop(true)
    },
  }
}
