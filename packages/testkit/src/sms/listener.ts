import { once } from 'node:events'
import net from 'node:net'

const host = '127.0.0.1'

/** A port that can stop and start listening, as a provider that is down and comes back. */
export async function openListener(wantedPort: number, converse: (socket: net.Socket) => void) {
  const sockets = new Set<net.Socket>()
  let opened = 0
  let server: net.Server | undefined

  async function listen(port: number) {
    const listening = net.createServer((socket) => {
      opened += 1
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => sockets.delete(socket))
      converse(socket)
    })
    listening.listen(port, host)
    await once(listening, 'listening')
    server = listening
    const address = listening.address()
    if (address === null || typeof address === 'string') throw new Error('listen for messages: no port')
    return address.port
  }

  const port = await listen(wantedPort)
  return {
    host,
    port,
    async start() {
      if (!server) await listen(port)
    },
    async stop() {
      const stopping = server
      server = undefined
      // Not awaited: a listening socket is gone at once, while `close` waits for the connections too.
      stopping?.close()
    },
    drop() {
      for (const socket of sockets) socket.destroy()
    },
    count: () => ({ opened, open: sockets.size }),
  }
}
