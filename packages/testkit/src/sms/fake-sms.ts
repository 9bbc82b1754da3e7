import type net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Held } from '../smtp/barriers.ts'
import { createBarriers } from '../smtp/barriers.ts'
import type { AcceptedSms } from './accept-log.ts'
import { createSmsAcceptLog } from './accept-log.ts'
import type { SmsBehaviour } from './behaviour.ts'
import { createSmsBehaviours } from './behaviour.ts'
import type { FakeAnswer, FakeRequest } from './http-socket.ts'
import { readRequests, writeAnswer } from './http-socket.ts'
import { openListener } from './listener.ts'
import type { FakeProviderName, Protocol, Reply, StatusReport } from './protocol.ts'

export interface FakeSmsOptions {
  /** An ephemeral one when absent. */
  readonly port?: number
  /** Accepted messages as JSON lines, written before the answer. */
  readonly file?: string
}

/** A request as it came in, without its credentials. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly contentType: string
  readonly body: string
}

/** The same in this process and across the control port of another one. */
export interface FakeSms {
  readonly provider: FakeProviderName
  readonly host: string
  readonly port: number
  readonly url: string
  behave(behaviour: SmsBehaviour): Promise<void>
  /** Also lets go whoever stands at a barrier. */
  clearBehaviours(): Promise<void>
  accepted(): Promise<readonly AcceptedSms[]>
  waitForAccepted(count: number, timeoutMs: number): Promise<readonly AcceptedSms[]>
  /** The newest hundred. */
  requests(): Promise<readonly SeenRequest[]>
  waitForHold(name: string, timeoutMs: number): Promise<Held>
  releaseHold(name: string): Promise<void>
  /** Reports a status of an accepted message, signed, and resolves with the receiver's HTTP status. */
  reportStatus(providerMessageId: string, report: StatusReport): Promise<number>
  /** Hands on what a person wrote back, signed. */
  reply(reply: Reply): Promise<number>
  /** Stops and starts listening; connections that exist live on. */
  refuseConnections(refuse: boolean): Promise<void>
  dropConnections(): Promise<void>
  connections(): Promise<{ opened: number; open: number }>
  close(): Promise<void>
}

const requestsKept = 100

export async function openFakeProvider(
  provider: FakeProviderName,
  protocol: Protocol,
  options: FakeSmsOptions,
): Promise<FakeSms> {
  const behaviours = createSmsBehaviours()
  const barriers = createBarriers()
  const log = createSmsAcceptLog(options.file)
  const seen: SeenRequest[] = []
  const listener = await openListener(options.port ?? 0, converse)

  function converse(socket: net.Socket) {
    const behaviour = behaviours.take('connect')
    if (!behaviour) return listen(socket)
    void act(behaviour, socket, '').then((acted) => acted === 'go_on' && listen(socket))
  }

  function listen(socket: net.Socket) {
    readRequests(socket, {
      onHeaders() {
        const behaviour = behaviours.take('headers')
        if (behaviour?.drop) socket.resetAndDestroy()
        return !behaviour?.drop
      },
      onRequest: (request) => void serve(request, socket),
    })
  }

  async function serve(request: FakeRequest, socket: net.Socket) {
    const { method, path, headers, body } = request
    seen.push({ method, path, contentType: headers['content-type'] ?? '', body })
    if (seen.length > requestsKept) seen.shift()
    const reading = protocol.read(request)
    if (reading.kind === 'refused') return writeAnswer(socket, reading.answer)
    if (reading.kind === 'look_up') {
      const behaviour = behaviours.take('look_up', reading.to)
      if (behaviour && (await act(behaviour, socket, reading.to ?? '')) === 'done') return
      return writeAnswer(socket, reading.answer(behaviour?.hide ? [] : log.messages))
    }
    const before = behaviours.take('body', reading.message.to)
    if (before && (await act(before, socket, reading.message.to)) === 'done') return
    const accepted = log.record(reading.message)
    const answer = protocol.answerAccepted(accepted)
    const after = behaviours.take('accepted', accepted.to)
    if (after && (await act(after, socket, accepted.to, { accepted, answer })) === 'done') return
    writeAnswer(socket, answer)
  }

  /** Acts a behaviour out; `go_on` when the honest thing is still to be done. */
  async function act(
    { delayMs, hold, drop, answer }: SmsBehaviour,
    socket: net.Socket,
    to: string,
    honest?: { accepted: AcceptedSms; answer: FakeAnswer },
  ): Promise<'go_on' | 'done'> {
    if (delayMs !== undefined) await delay(delayMs)
    const deliveryId = honest?.accepted.deliveryId
    if (hold !== undefined) {
      await barriers.hold({ name: hold, recipients: [to], ...(deliveryId !== undefined && { deliveryId }) })
    }
    if (drop === 'reset') socket.resetAndDestroy()
    if (drop === 'half') writeAnswer(socket, honest?.answer ?? protocol.answerWrongly({}, to), true)
    if (answer && !drop) writeAnswer(socket, protocol.answerWrongly(answer, to))
    return drop || answer ? 'done' : 'go_on'
  }

  return {
    provider,
    host: listener.host,
    port: listener.port,
    url: `http://${listener.host}:${listener.port}`,
    behave: async (behaviour) => behaviours.add(behaviour),
    async clearBehaviours() {
      behaviours.clear()
      barriers.release()
    },
    accepted: async () => log.messages,
    waitForAccepted: log.waitForCount,
    requests: async () => seen,
    waitForHold: barriers.waitFor,
    releaseHold: async (name) => barriers.release(name),
    async reportStatus(providerMessageId, report) {
      const message = log.find(providerMessageId)
      if (!message) throw new Error(`report on ${providerMessageId}: it was not accepted`)
      return post(protocol.composeStatus(message, report))
    },
    reply: (reply) => post(protocol.composeReply(reply)),
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

async function post({ url, headers, body }: { url: string; headers: Readonly<Record<string, string>>; body: string }) {
  const response = await fetch(url, { method: 'POST', headers, body })
  await response.arrayBuffer()
  return response.status
}
