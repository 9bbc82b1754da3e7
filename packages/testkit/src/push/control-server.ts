import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

type Commands = Readonly<Record<string, unknown>>

/** Steers a fake in a process of its own: each function of it by name, its arguments as a JSON list. */
export async function openPushControl(commands: Commands, port: number) {
  const server = createServer((request, response) => void answer(commands, request, response))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('listen for control: no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function answer(commands: Commands, request: IncomingMessage, response: ServerResponse) {
  const write = (status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? null))
  try {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const name = (request.url ?? '').slice(1)
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (typeof command !== 'function') throw new Error(`no such command: ${name}`)
    write(200, await command(...JSON.parse(Buffer.concat(chunks).toString() || '[]')))
  } catch (error) {
    write(400, { message: error instanceof Error ? error.message : String(error) })
  }
}
