import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { Behaviour } from './behaviour.ts'
import type { FakeSmtp } from './fake-smtp.ts'

/** Steers a fake in a process of its own: `remote-fake-smtp.ts` is the other end. */
export async function openControlServer(fake: FakeSmtp, port: number) {
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

async function answer(fake: FakeSmtp, request: IncomingMessage, response: ServerResponse) {
  try {
    const body = await handle(fake, request)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? null))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ message }))
  }
}

async function handle(fake: FakeSmtp, request: IncomingMessage): Promise<unknown> {
  const url = new URL(request.url ?? '/', 'http://fake')
  const timeoutMs = Number(url.searchParams.get('timeoutMs') ?? 0)
  const [kind = '', name = ''] = url.pathname.slice(1).split('/').map(decodeURIComponent)
  switch (`${request.method} ${kind}`) {
    case 'POST behaviours':
      return fake.behave(await readBehaviour(request))
    case 'DELETE behaviours':
      return fake.clearBehaviours()
    case 'GET accepted':
      return name ? fake.readMail(Number(name)) : listAccepted(fake, url, timeoutMs)
    case 'GET holds':
      return fake.waitForHold(name, timeoutMs)
    case 'DELETE holds':
      return fake.releaseHold(name)
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
async function listAccepted(fake: FakeSmtp, url: URL, timeoutMs: number) {
  const count = Number(url.searchParams.get('count') ?? 0)
  const mails = count > 0 ? await fake.waitForAccepted(count, timeoutMs) : await fake.accepted()
  return mails.slice(Number(url.searchParams.get('from') ?? 0))
}

async function readBehaviour(request: IncomingMessage): Promise<Behaviour> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString())
}
