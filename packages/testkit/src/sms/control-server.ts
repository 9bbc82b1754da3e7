import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { FakeSms } from './fake-sms.ts'

/** Steers a fake in a process of its own: `remote-fake-sms.ts` is the other end. */
export async function openControlServer(fake: FakeSms, port: number) {
  const server = createServer((request, response) => void answer(fake, request, response))
  server.listen(port, fake.host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('listen for control: no port')
  return {
    url: `http://${fake.host}:${address.port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function answer(fake: FakeSms, request: IncomingMessage, response: ServerResponse) {
  try {
    const body = await handle(fake, request)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? null))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ message }))
  }
}

async function handle(fake: FakeSms, request: IncomingMessage): Promise<unknown> {
  const url = new URL(request.url ?? '/', 'http://fake')
  const timeoutMs = Number(url.searchParams.get('timeoutMs') ?? 0)
  const [kind = '', name = ''] = url.pathname.slice(1).split('/').map(decodeURIComponent)
  switch (`${request.method} ${kind}`) {
    case 'POST behaviours':
      return fake.behave(JSON.parse(await readBody(request)))
    case 'DELETE behaviours':
      return fake.clearBehaviours()
    case 'GET accepted':
      return listAccepted(fake, url, timeoutMs)
    case 'GET requests':
      return fake.requests()
    case 'GET holds':
      return fake.waitForHold(name, timeoutMs)
    case 'DELETE holds':
      return fake.releaseHold(name)
    case 'POST reports':
      return fake.reportStatus(name, JSON.parse(await readBody(request)))
    case 'POST replies':
      return fake.reply(JSON.parse(await readBody(request)))
    case 'PUT refusing':
      return fake.refuseConnections(name === 'true')
    case 'GET connections':
      return fake.connections()
    case 'DELETE connections':
      return fake.dropConnections()
    default:
      throw new Error(`no such command: ${request.method} ${url.pathname}`)
  }
}

/** `from` leaves out what the caller has already, so that long logs are not sent again and again. */
async function listAccepted(fake: FakeSms, url: URL, timeoutMs: number) {
  const count = Number(url.searchParams.get('count') ?? 0)
  const messages = count > 0 ? await fake.waitForAccepted(count, timeoutMs) : await fake.accepted()
  return messages.slice(Number(url.searchParams.get('from') ?? 0))
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
