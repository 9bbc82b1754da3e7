import { createServer, type Server, type Socket } from 'node:net'
import { createByteBudget } from './byte-budget.ts'
import { collectGarbage } from './collect-garbage.ts'
import { type Connection, type ConnectionDeps, type ConnectionLimits, serveConnection } from './connection.ts'

export interface ListenerLimits extends ConnectionLimits {
  readonly connectionsMax: number
  // Of frames that are still arriving or waiting, over all connections.
  readonly incomingBytesMax: number
  // Of answers that their readers have not taken yet, over all connections.
  readonly outgoingBytesMax: number
}

export interface ListenerDeps {
  readonly host: string
  readonly port: number
  readonly advertisedHost: string | undefined
  readonly limits: ListenerLimits
  readonly now: () => number
  readonly answerFrame: ConnectionDeps['answerFrame']
  readonly reportClosed: (remote: string, reason: string) => void
  readonly reportFailed: (remote: string, cause: unknown) => void
}

export interface Listener {
  readonly port: number
  connectionCount(): number
  close(graceMs: number): Promise<void>
}

// The pieces of large frames are garbage once they are put together, and come faster than the collector expects.
const collectEachBytes = 8 * 1024 * 1024
const everyInterface = ['0.0.0.0', '::', '']

export async function listen(deps: ListenerDeps): Promise<Listener> {
  const connections = new Set<Connection>()
  let receivedSinceCollected = 0
  const outgoing = createByteBudget(deps.limits.outgoingBytesMax)
  const server = createServer((socket) => accept(socket))
  const port = await openPort(server, deps)
  // Without a listener, a failed accept (no file descriptor left, say) would end the process.
  server.on('error', (cause) => deps.reportFailed('a connection that could not be accepted', cause))
  const sweep = setInterval(closeOverdue, Math.min(1_000, deps.limits.frameMs, deps.limits.firstRequestMs))

  function accept(socket: Socket): void {
    if (connections.size >= deps.limits.connectionsMax && !makeRoom()) {
      deps.reportClosed(`${socket.remoteAddress}:${socket.remotePort}`, 'there are too many connections')
      socket.destroy()
      return
    }
    const connection = serveConnection(socket, {
      ...deps,
      outgoing,
      advertised: { host: advertisedHost(socket), port },
      onHeld: shedLargest,
      onFailed: deps.reportFailed,
      onClosed(closed, reason) {
        connections.delete(closed)
        if (reason !== 'the client closed it') deps.reportClosed(closed.remote, reason)
      },
    })
    connections.add(connection)
  }

  // Strangers that hold a place without asking for anything must not keep real clients out.
  function makeRoom(): boolean {
    for (const connection of connections) {
      if (connection.hasAsked()) continue
      connection.close('it asked nothing and its place was needed')
      return true
    }
    return false
  }

  function shedLargest(receivedBytes: number): void {
    receivedSinceCollected += receivedBytes
    if (receivedSinceCollected > collectEachBytes) {
      receivedSinceCollected = 0
      collectGarbage()
    }
    let largest: Connection | undefined
    let heldBytes = 0
    for (const connection of connections) {
      heldBytes += connection.heldBytes()
      if (!largest || connection.heldBytes() > largest.heldBytes()) largest = connection
    }
    if (heldBytes <= deps.limits.incomingBytesMax) return
    largest?.close(`unfinished requests hold ${heldBytes} bytes, most of them this one's`)
    collectGarbage()
  }

  function closeOverdue(): void {
    const now = deps.now()
    const before = connections.size
    for (const connection of [...connections]) {
      const reason = connection.findOverdue(now)
      if (reason) connection.close(reason)
    }
    if (connections.size < before) collectGarbage()
  }

  function advertisedHost(socket: Socket): string {
    if (deps.advertisedHost !== undefined) return deps.advertisedHost
    return everyInterface.includes(deps.host) ? (socket.localAddress ?? deps.host) : deps.host
  }

  async function close(graceMs: number): Promise<void> {
    clearInterval(sweep)
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    const finished = Promise.all([...connections].map((connection) => connection.finish()))
    let graceTimer: ReturnType<typeof setTimeout> | undefined
    const graceOver = new Promise<void>((resolve) => {
      graceTimer = setTimeout(resolve, graceMs)
    })
    await Promise.race([finished, graceOver])
    clearTimeout(graceTimer)
    for (const connection of [...connections]) connection.close('the broker stops')
    await closed
  }

  return { port, connectionCount: () => connections.size, close }
}

function openPort(server: Server, { host, port }: ListenerDeps): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) => reject(new Error(`listen on ${host}:${port}`, { cause }))
    server.once('error', fail)
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', fail)
      const address = server.address()
      if (address === null || typeof address === 'string') return fail(new Error('no TCP address'))
      resolve(address.port)
    })
  })
}
