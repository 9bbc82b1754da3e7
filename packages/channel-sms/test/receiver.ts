import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { outgoingMessage } from './fakes.ts'

interface Called {
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly rawBody: string
}

/** Takes what providers report, word for word, as nothing but its signature says who it is from. */
export interface Receiver {
  readonly origin: string
  lastCall(): Called
  close(): void
}

export async function openReceiver(): Promise<Receiver> {
  const called: Called[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      called.push({
        url: `${origin}${request.url}`,
        headers: request.headers,
        rawBody: Buffer.concat(chunks).toString(),
      })
      response.writeHead(204).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const origin = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : ''
  return {
    origin,
    lastCall() {
      const call = called.at(-1)
      if (!call) throw new Error('no callback came')
      return call
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Whom every report of these tests is about. */
export const named = { deliveryId: outgoingMessage().deliveryId, attempt: 1 }
