import { setTimeout as delay } from 'node:timers/promises'
import { openListener } from '../sms/listener.ts'
import { createBarriers, type Held } from '../smtp/barriers.ts'
import { type AcceptedPush, createPushAcceptLog } from './accept-log.ts'
import { createPushBehaviours, type PushBehaviour } from './behaviour.ts'
import { composeFcmError, type PushAnswer } from './fcm-errors.ts'
import { findFault, isObject } from './fcm-message.ts'
import { createFcmServer, type FcmExchange } from './fcm-server.ts'
import { openSignIn } from './sign-in.ts'

export interface FakeFcmOptions {
  /** An ephemeral one when absent. */
  readonly port?: number
  /** Accepted messages as JSON lines, written before the answer. */
  readonly file?: string
  readonly projectId?: string
  /** How many requests FCM lets run on one connection. */
  readonly streamsMax?: number
  readonly accessTokenSeconds?: number
}

/** What a person pastes from a service account's file, and where its services are. */
export interface FakeFcmAccount {
  readonly projectId: string
  readonly clientEmail: string
  readonly privateKey: string
  readonly baseUrl: string
  readonly tokenUrl: string
}

/** The same in this process and across the control port of another one. */
export interface FakeFcm {
  readonly account: FakeFcmAccount
  behave(behaviour: PushBehaviour): Promise<void>
  /** Also lets go whoever stands at a barrier. */
  clearBehaviours(): Promise<void>
  accepted(): Promise<readonly AcceptedPush[]>
  waitForAccepted(count: number, timeoutMs: number): Promise<readonly AcceptedPush[]>
  /** Bodies of sends as they came, the newest hundred. */
  requests(): Promise<readonly unknown[]>
  waitForHold(name: string, timeoutMs: number): Promise<Held>
  releaseHold(name: string): Promise<void>
  /** Every access token that was given out stops working. */
  revokeAccess(): Promise<void>
  countSignIns(): Promise<number>
  /** Stops and starts listening; connections that exist live on. */
  refuseConnections(refuse: boolean): Promise<void>
  dropConnections(): Promise<void>
  connections(): Promise<{ opened: number; open: number }>
  close(): Promise<void>
}

const requestsKept = 100

export async function openFakeFcm(options: FakeFcmOptions = {}): Promise<FakeFcm> {
  const projectId = options.projectId ?? 'fake-project'
  const behaviours = createPushBehaviours()
  const barriers = createBarriers()
  const log = createPushAcceptLog(options.file)
  const seen: unknown[] = []
  const converse = createFcmServer((exchange) => void serve(exchange), options.streamsMax ?? 100)
  const listener = await openListener(options.port ?? 0, converse)
  const signIn = await openSignIn(listener.host, behaviours, options.accessTokenSeconds ?? 3_599)

  async function serve(exchange: FcmExchange) {
    const early = behaviours.take('headers')
    if (early && (await act(early, exchange)) === 'done') return
    const body = await exchange.readBody()
    if (!signIn.isKnown(exchange.authorization)) return exchange.answer(composeFcmError({ code: 'UNAUTHENTICATED' }))
    const url = new URL(exchange.path, 'http://fake')
    if (!url.pathname.startsWith(`/v1/projects/${projectId}/`)) {
      return exchange.answer(composeFcmError({ code: 'PERMISSION_DENIED' }))
    }
    const rest = url.pathname.slice(`/v1/projects/${projectId}/`.length)
    if (rest === 'messages:send' && exchange.method === 'POST') return send(exchange, body)
    exchange.answer(composeFcmError({ code: 'NOT_FOUND' }))
  }

  async function send(exchange: FcmExchange, body: string) {
    const request: unknown = JSON.parse(body)
    seen.push(request)
    if (seen.length > requestsKept) seen.shift()
    const message = isObject(request) && isObject(request.message) ? request.message : {}
    const token = typeof message.token === 'string' ? message.token : ''
    const data = isObject(message.data) ? message.data : {}
    const who = { token, ...(typeof data.deliveryId === 'string' && { deliveryId: data.deliveryId }) }
    const before = behaviours.take('received', token)
    if (before && (await act(before, exchange, who)) === 'done') return
    const field = findFault(request)
    if (field !== undefined) return exchange.answer(composeFcmError({ code: 'INVALID_ARGUMENT', field }))
    const providerMessageId = `projects/${projectId}/messages/${log.accepted.length + 1}`
    log.record({ providerMessageId, ...who, message, headers: {} })
    const after = behaviours.take('accepted', token)
    if (after && (await act(after, exchange, who)) === 'done') return
    exchange.answer(answerJson({ name: providerMessageId }))
  }

  /** Acts a behaviour out; `go_on` when the honest thing is still to be done. */
  async function act(
    { delayMs, hold, drop, answer }: PushBehaviour,
    exchange: FcmExchange,
    who: { token: string; deliveryId?: string } = { token: '' },
  ): Promise<'go_on' | 'done'> {
    const { token, ...named } = who
    if (delayMs !== undefined) await delay(delayMs)
    if (hold !== undefined) await barriers.hold({ name: hold, recipients: [token], ...named })
    if (drop) exchange.drop(drop)
    else if (answer) exchange.answer(composeFcmError(answer))
    return drop || answer ? 'done' : 'go_on'
  }

  const { tokenUrl, account } = signIn
  return {
    account: { projectId, ...account, baseUrl: `http://${listener.host}:${listener.port}`, tokenUrl },
    behave: async (behaviour) => behaviours.add(behaviour),
    async clearBehaviours() {
      behaviours.clear()
      barriers.release()
    },
    accepted: async () => log.accepted,
    waitForAccepted: log.waitForCount,
    requests: async () => seen,
    waitForHold: barriers.waitFor,
    releaseHold: async (name) => barriers.release(name),
    revokeAccess: async () => signIn.revoke(),
    countSignIns: async () => signIn.countSignIns(),
    refuseConnections: (refuse) => (refuse ? listener.stop() : listener.start()),
    dropConnections: async () => listener.drop(),
    connections: async () => listener.count(),
    async close() {
      behaviours.clear()
      listener.drop()
      barriers.release()
      await listener.stop()
      signIn.close()
      log.close()
    },
  }
}

function answerJson(body: object): PushAnswer {
  return { status: 200, headers: { 'content-type': 'application/json; charset=UTF-8' }, body: JSON.stringify(body) }
}
