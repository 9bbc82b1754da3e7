export interface DependencyCheck {
  readonly name: string
  readonly ok: boolean
  readonly problem?: string
}

export interface OpsServerOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly checkReadiness: () => Promise<readonly DependencyCheck[]>
  readonly readMetrics: () => Promise<{ readonly contentType: string; readonly body: string }>
}

export interface OpsServer {
  readonly port: number
  close(): Promise<void>
}

/** Every process's own `/healthz` (alive), `/readyz` (can work) and `/metrics`. */
export function openOpsServer({ host, port, checkReadiness, readMetrics }: OpsServerOptions): OpsServer {
  const server = Bun.serve({
    hostname: host,
    port,
    async fetch(request) {
      const { pathname } = new URL(request.url)
      if (pathname === '/healthz') return Response.json({ status: 'alive' })
      if (pathname === '/readyz') {
        const checks = await checkReadiness().catch(() => [{ name: 'readiness', ok: false }])
        const isReady = checks.every((check) => check.ok)
        return Response.json({ status: isReady ? 'ready' : 'not_ready', checks }, { status: isReady ? 200 : 503 })
      }
      if (pathname === '/metrics') {
        const { contentType, body } = await readMetrics()
        return new Response(body, { headers: { 'content-type': contentType } })
      }
      return Response.json({ title: 'Not found', status: 404, code: 'not_found' }, { status: 404 })
    },
  })
  return { port: server.port ?? port, close: () => server.stop(true) }
}
