import type net from 'node:net'

export interface FakeRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface FakeAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

interface Reader {
  /** False when the connection is to be left alone from now on. */
  readonly onHeaders: () => boolean
  readonly onRequest: (request: FakeRequest) => void
}

/**
 * HTTP/1.1 by hand on a bare socket, because a server library hides exactly what a fake must do: reset before the body
 * is read, or in the middle of an answer. Requests need a Content-Length.
 */
export function readRequests(socket: net.Socket, { onHeaders, onRequest }: Reader) {
  let buffered = Buffer.alloc(0)
  let isLeftAlone = false
  let hasSeenHeaders = false

  function takeRequest(): FakeRequest | undefined {
    const end = buffered.indexOf('\r\n\r\n')
    if (end === -1) return undefined
    if (!hasSeenHeaders) {
      hasSeenHeaders = true
      isLeftAlone = !onHeaders()
      if (isLeftAlone) return undefined
    }
    const head = parseHead(buffered.toString('latin1', 0, end))
    const bodyEnd = end + 4 + Number(head.headers['content-length'] ?? 0)
    if (buffered.length < bodyEnd) return undefined
    const body = buffered.toString('utf8', end + 4, bodyEnd)
    buffered = buffered.subarray(bodyEnd)
    hasSeenHeaders = false
    return { ...head, body }
  }

  socket.on('data', (chunk: Buffer) => {
    if (isLeftAlone) return
    buffered = Buffer.concat([buffered, chunk])
    for (let request = takeRequest(); request; request = takeRequest()) onRequest(request)
  })
}

function parseHead(head: string): Omit<FakeRequest, 'body'> {
  const [first = '', ...lines] = head.split('\r\n')
  const [method = '', target = '/'] = first.split(' ')
  const url = new URL(target, 'http://fake')
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  return { method, path: decodeURIComponent(url.pathname), query: url.searchParams, headers }
}

export function writeAnswer(socket: net.Socket, { status, headers, body }: FakeAnswer, isHalf = false) {
  if (!socket.writable) return
  const lines = Object.entries({
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  const text = `HTTP/1.1 ${status} ${status < 400 ? 'OK' : 'Error'}\r\n${lines.join('')}\r\n${body}`
  if (!isHalf) return void socket.write(text)
  socket.write(text.slice(0, text.length - Math.ceil(body.length / 2)), () => socket.destroy())
}
