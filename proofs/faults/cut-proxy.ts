import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands between the fleet and Postgres, to lose what neither side can lose on purpose: the answer to a commit. */
export interface CutProxy {
  readonly port: number
  /** Loses the next so many answers that say something was committed, and with each its connection. */
  loseCommits(count: number): void
  readLeft(): number
  close(): Promise<void>
}

// CommandComplete, its length, and the tag of a statement that wrote: what follows it is of no interest.
const COMMITTED = /C\0\0\0[\s\S](?:COMMIT|INSERT|UPDATE|DELETE)/

export async function openCutProxy(serverPath: string): Promise<CutProxy> {
  const sockets = new Set<Socket>()
  let left = 0

  function join(client: Socket): void {
    const server = connect(serverPath)
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
    client.pipe(server)
    server.on('data', (chunk) => {
      if (left > 0 && COMMITTED.test(chunk.toString('latin1'))) {
        left -= 1
        client.resetAndDestroy()
        return
      }
      if (client.write(chunk)) return
      server.pause()
      client.once('drain', () => server.resume())
    })
  }

  const listener = createServer(join).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('listen for the fleet: no port')
  return {
    port: address.port,
    loseCommits(count) {
      left = count
    },
    readLeft: () => left,
    async close() {
      const closed = once(listener, 'close')
      listener.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
