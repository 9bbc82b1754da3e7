import http2, { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import type { Silence } from '../device-answer.ts'
import { type HandOver, notSent, untilAborted } from '../hand-over.ts'
import { createTurns } from '../turns.ts'

/**
 * Many requests at a time over one connection, which is made anew when it is gone, when the service says goodbye, or when
 * it has fallen silent. It never repeats a request, and knows of each whether a byte of it may have been looked at.
 */
export interface Http2Connection {
  request(request: Http2Request, handOver: HandOver): Promise<Http2Answer>
  close(): Promise<void>
}

export interface Http2Request {
  readonly method: 'POST' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type Http2Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string; readonly retryAfter?: string }
  | Silence

export interface Http2Options {
  readonly origin: string
  readonly inFlightMax: number
  readonly connectMs: number
  /** A connection that nobody has used for so long may be dead without a word. */
  readonly idleMs: number
}

interface Line {
  readonly session: ClientHttp2Session
  streams: number
  isRetired: boolean
  heardAtMs: number
  idleTimer?: ReturnType<typeof setTimeout>
}

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = http2.constants

export function createHttp2Connection(options: Http2Options): Http2Connection {
  let opening: Promise<Line> | undefined
  let line: Line | undefined
  const lines = new Set<Line>()
  const streamsMax = () => Math.max(1, line?.session.remoteSettings?.maxConcurrentStreams ?? options.inFlightMax)
  const turns = createTurns(() => Math.min(options.inFlightMax, streamsMax()))

  async function request(what: Http2Request, handOver: HandOver): Promise<Http2Answer> {
    if (!(await turns.take(handOver.waiting))) return notSent(handOver)
    try {
      const connected = await connect(handOver)
      if ('kind' in connected) return connected
      return handOver.mayBegin() ? await exchange(connected, what, handOver) : notSent(handOver)
    } finally {
      turns.give()
    }
  }

  async function connect(handOver: HandOver): Promise<Line | Silence> {
    opening ??= open().finally(() => {
      opening = undefined
    })
    try {
      return line ?? (await untilAborted(opening, handOver.waiting)) ?? notSent(handOver)
    } catch (error) {
      return { kind: 'not_sent', reason: 'push_unreachable', error: `no connection: ${readCode(error)}` }
    }
  }

  async function open(): Promise<Line> {
    if (line) return line
    const session = http2.connect(options.origin)
    const opened: Line = { session, streams: 0, isRetired: false, heardAtMs: performance.now() }
    const forget = () => retire(opened)
    session.on('error', forget).on('goaway', forget)
    session.on('close', () => {
      retire(opened)
      clearTimeout(opened.idleTimer)
      lines.delete(opened)
    })
    lines.add(opened)
    try {
      await untilReady(session, options.connectMs)
    } catch (error) {
      session.destroy()
      throw error
    }
    line = opened
    rest(opened)
    return opened
  }

  /** No new request goes over it, and it ends with the last of those under way. */
  function retire(retired: Line) {
    if (line === retired) line = undefined
    retired.isRetired = true
    // Not closed politely: a peer that is gone would never answer.
    if (retired.streams === 0) retired.session.destroy()
  }

  function rest(resting: Line) {
    clearTimeout(resting.idleTimer)
    if (resting.streams > 0) return
    if (resting.isRetired) return retire(resting)
    resting.idleTimer = setTimeout(() => retire(resting), options.idleMs)
    resting.idleTimer.unref?.()
  }

  async function exchange(used: Line, what: Http2Request, handOver: HandOver): Promise<Http2Answer> {
    const startedAtMs = performance.now()
    used.streams += 1
    const answer = await converse(used.session, what, handOver.limit)
    used.streams -= 1
    if (answer.kind === 'answered') used.heardAtMs = performance.now()
    // Silent to this request, and to all others since it began: the next ones get a connection that answers.
    else if (used.heardAtMs < startedAtMs) retire(used)
    rest(used)
    return answer
  }

  return {
    request,
    async close() {
      await opening?.catch(() => undefined)
      for (const { session, idleTimer } of lines) {
        clearTimeout(idleTimer)
        session.destroy()
      }
    },
  }
}

/** The service's settings come first on every connection; before them its limit of requests is not known. */
function untilReady(session: ClientHttp2Session, connectMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing within ${connectMs} ms`)), connectMs)
    const settle = (act: () => void) => () => {
      clearTimeout(timer)
      act()
    }
    session.once('remoteSettings', settle(resolve))
    session.once(
      'close',
      settle(() => reject(new Error('closed'))),
    )
    session.once('error', (error: unknown) => settle(() => reject(error))())
  })
}

function converse(session: ClientHttp2Session, what: Http2Request, limit: AbortSignal): Promise<Http2Answer> {
  let stream: ClientHttp2Stream
  try {
    stream = session.request({ ':method': what.method, ':path': what.path, ...what.headers })
  } catch (error) {
    // The connection said goodbye a moment ago: it makes no more streams.
    return Promise.resolve({ kind: 'not_sent', reason: 'push_not_processed', error: readCode(error) })
  }
  return new Promise((resolve) => {
    let status: number | undefined
    let retryAfter: string | undefined
    let error = 'the connection was lost'
    let isComplete = false
    const chunks: Buffer[] = []
    const giveUp = () => {
      // Not left to the stream's own end, which may never come on a connection that is dead.
      resolve({ kind: 'lost', error: 'no answer in time' })
      stream.close(NGHTTP2_CANCEL)
    }
    limit.addEventListener('abort', giveUp, { once: true })
    stream.on('response', (headers) => {
      status = headers[':status']
      retryAfter = headers['retry-after']
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      isComplete = true
    })
    stream.on('error', (cause: unknown) => {
      error = `the connection was lost: ${readCode(cause)}`
    })
    stream.on('close', () => {
      limit.removeEventListener('abort', giveUp)
      // 7 is the service's promise that it did not look at the request (RFC 9113, 8.7); GOAWAY says it the same way.
      if (stream.rstCode === NGHTTP2_REFUSED_STREAM) {
        return resolve({ kind: 'not_sent', reason: 'push_not_processed', error: 'the stream was refused' })
      }
      if (!isComplete || status === undefined || stream.rstCode !== NGHTTP2_NO_ERROR)
        return resolve({ kind: 'lost', error })
      const body = Buffer.concat(chunks).toString()
      resolve({ kind: 'answered', status, body, ...(retryAfter !== undefined && { retryAfter }) })
    })
    stream.end(what.body)
  })
}

function readCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
