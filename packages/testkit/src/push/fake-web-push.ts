import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { openListener } from '../sms/listener.ts'
import { createBarriers, type Held } from '../smtp/barriers.ts'
import { type AcceptedPush, createPushAcceptLog } from './accept-log.ts'
import { createPushBehaviours, type PushBehaviour } from './behaviour.ts'
import { type Browser, createBrowser, createVapidKeys, isVapidGenuine } from './browser.ts'
import { isObject } from './fcm-message.ts'

export interface FakeWebPushOptions {
  /** An ephemeral one when absent. */
  readonly port?: number
  /** Accepted messages as JSON lines, written before the answer. */
  readonly file?: string
}

/** The same in this process and across the control port of another one. */
export interface FakeWebPush {
  /** The key pair of the site that all subscriptions are made for. */
  readonly vapid: { readonly publicKey: string; readonly privateKey: string }
  /** A browser subscribes; what it would send to its site, as JSON. Behaviours are meant for its endpoint. */
  subscribe(): Promise<{ readonly token: string; readonly endpoint: string }>
  behave(behaviour: PushBehaviour): Promise<void>
  /** Also lets go whoever stands at a barrier. */
  clearBehaviours(): Promise<void>
  accepted(): Promise<readonly AcceptedPush[]>
  waitForAccepted(count: number, timeoutMs: number): Promise<readonly AcceptedPush[]>
  waitForHold(name: string, timeoutMs: number): Promise<Held>
  releaseHold(name: string): Promise<void>
  /** Stops and starts listening; connections that exist live on. */
  refuseConnections(refuse: boolean): Promise<void>
  dropConnections(): Promise<void>
  connections(): Promise<{ opened: number; open: number }>
  close(): Promise<void>
}

const bodyBytesMax = 4_096

export async function openFakeWebPush(options: FakeWebPushOptions = {}): Promise<FakeWebPush> {
  const vapid = createVapidKeys()
  const behaviours = createPushBehaviours()
  const barriers = createBarriers()
  const log = createPushAcceptLog(options.file)
  const browsers = new Map<string, Browser>()
  const server = createServer((request, response) => void serve(request, response))
  const listener = await openListener(options.port ?? 0, (socket) => server.emit('connection', socket))
  const origin = `http://${listener.host}:${listener.port}`

  async function serve(request: IncomingMessage, response: ServerResponse) {
    const endpoint = `${origin}${request.url ?? ''}`
    const early = behaviours.take('headers')
    if (early && (await act(early, endpoint, request, response)) === 'done') return
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const before = behaviours.take('received', endpoint)
    if (before && (await act(before, endpoint, request, response)) === 'done') return
    const browser = browsers.get(endpoint)
    const fault = findFault(request, body, browser !== undefined)
    if (fault !== undefined || !browser) return void response.writeHead(fault ?? 404).end()
    const push = accept(endpoint, request, JSON.parse(browser.decrypt(body)))
    const after = behaviours.take('accepted', endpoint)
    if (after && (await act(after, endpoint, request, response)) === 'done') return
    response.writeHead(201, { location: `${origin}/messages/${push.number}` }).end()
  }

  /** The status that an honest push service would refuse with. */
  function findFault({ method, headers }: IncomingMessage, body: Buffer, isKnown: boolean): number | undefined {
    if (method !== 'POST') return 405
    if (!isKnown) return 404
    if (!isVapidGenuine(headers.authorization ?? '', vapid.publicKey, origin)) return 403
    if (body.length > bodyBytesMax) return 413
    const isWellFormed = /^\d+$/.test(String(headers.ttl)) && headers['content-encoding'] === 'aes128gcm'
    return isWellFormed && /^[\w-]{0,32}$/.test(String(headers.topic ?? '')) ? undefined : 400
  }

  function accept(endpoint: string, { headers }: IncomingMessage, message: Readonly<Record<string, unknown>>) {
    const { ttl = '', topic = '', urgency = '' } = headers
    const data = isObject(message.data) ? message.data : {}
    return log.record({
      providerMessageId: `${origin}/messages/${log.accepted.length + 1}`,
      token: endpoint,
      ...(typeof data.deliveryId === 'string' && { deliveryId: data.deliveryId }),
      message,
      headers: { ttl: String(ttl), topic: String(topic), urgency: String(urgency) },
    })
  }

  async function act(
    { delayMs, hold, drop, answer }: PushBehaviour,
    endpoint: string,
    { socket }: IncomingMessage,
    response: ServerResponse,
  ): Promise<'go_on' | 'done'> {
    if (delayMs !== undefined) await delay(delayMs)
    if (hold !== undefined) await barriers.hold({ name: hold, recipients: [endpoint] })
    if (drop === 'half') {
      response.writeHead(201, { 'content-length': '100' })
      response.write('half', () => socket.resetAndDestroy())
    } else if (drop === 'end') socket.destroy()
    else if (drop) socket.resetAndDestroy()
    else if (answer) writeAnswer(response, answer.status ?? 500, answer.retryAfter, answer.body)
    return drop || answer ? 'done' : 'go_on'
  }

  return {
    vapid,
    async subscribe() {
      const browser = createBrowser()
      const endpoint = `${origin}/push/${randomUUID()}`
      browsers.set(endpoint, browser)
      return { endpoint, token: JSON.stringify({ endpoint, expirationTime: null, keys: browser.keys }) }
    },
    behave: async (behaviour) => behaviours.add(behaviour),
    async clearBehaviours() {
      behaviours.clear()
      barriers.release()
    },
    accepted: async () => log.accepted,
    waitForAccepted: log.waitForCount,
    waitForHold: barriers.waitFor,
    releaseHold: async (name) => barriers.release(name),
    refuseConnections: (refuse) => (refuse ? listener.stop() : listener.start()),
    dropConnections: async () => listener.drop(),
    connections: async () => listener.count(),
    async close() {
      behaviours.clear()
      listener.drop()
      barriers.release()
      await listener.stop()
      log.close()
    },
  }
}

function writeAnswer(response: ServerResponse, status: number, retryAfter: string | undefined, body = '') {
  response.writeHead(status, { ...(retryAfter !== undefined && { 'retry-after': retryAfter }) }).end(body)
}
