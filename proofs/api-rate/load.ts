/**
 * Many connections with one request in the air each, over bare sockets: a client that costs more than the server would
 * measure itself.
 */
export interface Load {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly answers: number
  /** Answers that were not 202. */
  readonly others: number
}

export interface LoadOptions {
  readonly port: number
  readonly request: string
  readonly connections: number
  readonly ms: number
}

const HEAD_END = Buffer.from('\r\n\r\n')

export async function runLoad({ port, request, connections, ms }: LoadOptions): Promise<Load> {
  const bytes = Buffer.from(request)
  const timesMs: number[] = []
  let others = 0
  let isOver = false
  const startedAtMs = performance.now()
  const runs = Array.from({ length: connections }, () => {
    const ended = Promise.withResolvers<void>()
    let sentAtMs = 0
    let received = Buffer.alloc(0)
    void Bun.connect({
      hostname: '127.0.0.1',
      port,
      socket: {
        open(socket) {
          sentAtMs = performance.now()
          socket.write(bytes)
        },
        data(socket, data) {
          received = received.length === 0 ? Buffer.from(data) : Buffer.concat([received, data])
          if (!isWhole(received)) return
          timesMs.push(performance.now() - sentAtMs)
          // "HTTP/1.1 202"
          if (received.toString('latin1', 9, 12) !== '202') others++
          received = Buffer.alloc(0)
          if (isOver) return void socket.end()
          sentAtMs = performance.now()
          socket.write(bytes)
        },
        close: () => ended.resolve(),
        error: (_socket, error) => ended.reject(error),
      },
    }).catch(ended.reject)
    return ended.promise
  })
  setTimeout(() => {
    isOver = true
  }, ms)
  await Promise.all(runs)
  const seconds = (performance.now() - startedAtMs) / 1_000
  timesMs.sort((a, b) => a - b)
  const at = (share: number) => timesMs[Math.floor(timesMs.length * share)] ?? Number.NaN
  const answers = timesMs.length
  return { perSecond: answers / seconds, p50Ms: at(0.5), p99Ms: at(0.99), answers, others }
}

function isWhole(received: Buffer): boolean {
  const headEnd = received.indexOf(HEAD_END)
  if (headEnd < 0) return false
  const [, length] = /content-length: (\d+)/i.exec(received.toString('latin1', 0, headEnd)) ?? []
  return received.length >= headEnd + HEAD_END.length + Number(length ?? 0)
}
