import http2 from 'node:http2'
import type net from 'node:net'
import type { PushDrop } from './behaviour.ts'
import type { PushAnswer } from './fcm-errors.ts'

/** One request on a stream, with all that a fake may do to it. */
export interface FcmExchange {
  readonly method: string
  readonly path: string
  readonly authorization: string
  /** Resolves when all of it was read. */
  readBody(): Promise<string>
  answer(answer: PushAnswer): void
  drop(how: PushDrop): void
}

const { NGHTTP2_REFUSED_STREAM, NGHTTP2_INTERNAL_ERROR } = http2.constants
const RST_STREAM = 3
const GOAWAY = 7

/** HTTP/2 without TLS on sockets that are ours, so that a fault can be any frame at any moment. */
export function createFcmServer(serve: (exchange: FcmExchange) => void, streamsMax: number) {
  const server = http2.createServer({ settings: { maxConcurrentStreams: streamsMax } })
  const sockets = new WeakMap<http2.Http2Session, net.Socket>()
  let arriving: net.Socket | undefined
  server.on('session', (session) => {
    if (arriving) sockets.set(session, arriving)
    session.on('error', () => {})
  })
  server.on('sessionError', () => {})
  server.on('stream', (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    const socket = stream.session && sockets.get(stream.session)
    stream.on('error', () => {})
    if (socket) serve(createExchange(stream, headers, socket))
  })
  return (socket: net.Socket) => {
    arriving = socket
    server.emit('connection', socket)
  }
}

function createExchange(
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
  socket: net.Socket,
): FcmExchange {
  const body = new Promise<string>((resolve) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => resolve(Buffer.concat(chunks).toString()))
  })
  return {
    method: headers[':method'] ?? '',
    path: headers[':path'] ?? '',
    authorization: headers.authorization ?? '',
    readBody: () => body,
    answer(answer) {
      if (stream.destroyed) return
      stream.respond({ ':status': answer.status, ...answer.headers })
      stream.end(answer.body)
    },
    drop(how) {
      if (how === 'reset') return void socket.resetAndDestroy()
      if (how === 'end') return void socket.destroy()
      if (how === 'refuse_stream') return writeFrame(socket, RST_STREAM, stream.id ?? 0, [NGHTTP2_REFUSED_STREAM])
      if (how === 'break_stream') return writeFrame(socket, RST_STREAM, stream.id ?? 0, [NGHTTP2_INTERNAL_ERROR])
      if (how === 'goaway') return writeFrame(socket, GOAWAY, 0, [Math.max(0, (stream.id ?? 0) - 2), 0])
      stream.respond({ ':status': 200, 'content-type': 'application/json' })
      stream.write('{"na', () => setTimeout(() => socket.destroy(), 10))
    },
  }
}

/** Length (24 bits), type, flags, stream, payload: RFC 9113, 4.1. */
function writeFrame(socket: net.Socket, type: number, stream: number, words: readonly number[]): void {
  const frame = Buffer.alloc(9 + 4 * words.length)
  frame.writeUIntBE(4 * words.length, 0, 3)
  frame[3] = type
  frame.writeUInt32BE(stream, 5)
  for (const [index, word] of words.entries()) frame.writeUInt32BE(word, 9 + 4 * index)
  socket.write(frame)
}
