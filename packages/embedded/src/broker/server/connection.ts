import type { Socket } from 'node:net'
import { freeBytes } from '../wire/free-bytes.ts'
import type { ByteBudget } from './byte-budget.ts'
import { createFrameSplitter } from './frames.ts'
import type { Caller, EncodedAnswer, FrameAnswer } from './routes.ts'

// One connection. Answers leave in the order of the requests. A request starts when the one before it is answered, with
// one exception: Produce requests that follow each other all start at once, so that they share a disk sync.
// Nothing is read while requests wait here, and nothing new is started while an answer is not taken: a peer that is slow
// slows itself down.

export interface Connection {
  readonly startedAtMs: number
  readonly remote: string
  hasAsked(): boolean
  heldBytes(): number
  // Answers why it should be closed by now, if it should.
  findOverdue(nowMs: number): string | undefined
  close(reason: string): void
  finish(): Promise<void>
}

export interface ConnectionLimits {
  readonly frameBytesMax: number
  readonly firstRequestMs: number
  readonly frameMs: number
  readonly idleMs: number
  readonly drainMs: number
  readonly crowdedDrainMs: number
}

export interface ConnectionDeps {
  readonly limits: ConnectionLimits
  readonly outgoing: ByteBudget
  readonly now: () => number
  readonly advertised: { readonly host: string; readonly port: number }
  readonly answerFrame: (frame: Buffer, caller: Caller) => Promise<FrameAnswer>
  // More of a frame came that is not whole yet, or of requests that wait.
  readonly onHeld: (receivedBytes: number) => void
  readonly onClosed: (connection: Connection, reason: string) => void
  readonly onFailed: (remote: string, cause: unknown) => void
}

const produceKey = 0
const waitingFramesMax = 64
const pipelinedMax = 64
const gatherBelowBytes = 64 * 1024

export function serveConnection(socket: Socket, deps: ConnectionDeps): Connection {
  const remote = `${socket.remoteAddress}:${socket.remotePort}`
  const splitter = createFrameSplitter(deps.limits.frameBytesMax)
  const waiting: Buffer[] = []
  const closeListeners = new Set<() => void>()
  const startedAtMs = deps.now()
  let waitingBytes = 0
  let running = 0
  let onlyProduceRuns = true
  let lastAnswer: Promise<void> = Promise.resolve()
  let lastActiveAtMs = startedAtMs
  let frameSinceMs: number | undefined
  let blockedSinceMs: number | undefined
  let asked = false
  let isFinishing = false
  let isResting = false
  let closeReason: string | undefined

  const caller: Caller = {
    host: `/${socket.remoteAddress}`,
    advertised: deps.advertised,
    onClose(listener) {
      closeListeners.add(listener)
      return () => closeListeners.delete(listener)
    },
    isCrowded: deps.outgoing.isUsedUp,
    roomToAnswer: deps.outgoing.room,
  }

  function receive(chunk: Buffer): void {
    if (closeReason) return
    lastActiveAtMs = deps.now()
    const problem = splitter.push(chunk, enqueue)
    startWaiting()
    if (problem) close(problem)
    else if (waiting.length >= waitingFramesMax || waitingBytes > gatherBelowBytes) socket.pause()
    if (!problem && heldBytes() > 0) deps.onHeld(chunk.length)
  }

  function enqueue(frame: Buffer): boolean {
    waiting.push(frame)
    waitingBytes += frame.length
    return waiting.length < waitingFramesMax
  }

  function startWaiting(): void {
    while (waiting[0] && !closeReason && !isFinishing && mayStart(waiting[0])) {
      const frame = waiting.shift()
      if (frame) start(frame)
    }
    if (!splitter.isInFrame()) frameSinceMs = undefined
    else frameSinceMs ??= deps.now()
    if (waiting.length > 0 || closeReason || isResting) return
    if (splitter.hasRest()) letOthersGoFirst()
    else if (socket.isPaused()) socket.resume()
  }

  // One packet may hold twenty thousand requests; the other connections get their turn after every few.
  function letOthersGoFirst(): void {
    isResting = true
    setImmediate(() => {
      isResting = false
      if (closeReason) return
      const problem = splitter.resume(enqueue)
      startWaiting()
      if (problem) close(problem)
    })
  }

  function mayStart(frame: Buffer): boolean {
    if (blockedSinceMs !== undefined) return false
    return running === 0 || (isProduce(frame) && onlyProduceRuns && running < pipelinedMax)
  }

  function start(frame: Buffer): void {
    asked = true
    waitingBytes -= frame.length
    onlyProduceRuns = isProduce(frame)
    running++
    const answer = deps.answerFrame(frame, caller)
    const before = lastAnswer
    lastAnswer = deliver(before, answer)
  }

  async function deliver(before: Promise<void>, answer: Promise<FrameAnswer>): Promise<void> {
    const [outcome] = await Promise.allSettled([answer, before])
    running--
    if (closeReason) return
    if (outcome.status === 'rejected') {
      deps.onFailed(remote, outcome.reason)
      return close('its request could not be answered')
    }
    if (outcome.value === 'hang up') return close('a produce without acknowledgement failed')
    if (outcome.value !== 'no answer') await send(outcome.value)
    lastActiveAtMs = deps.now()
    startWaiting()
  }

  async function send({ chunks, givenAway }: EncodedAnswer): Promise<void> {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    deps.outgoing.take(bytes)
    try {
      if (writeAll(chunks, bytes)) return
      await drained()
      // Of a socket that was closed meanwhile, nobody knows what is still being written.
      if (!closeReason) for (const sent of givenAway) freeBytes(sent)
    } finally {
      deps.outgoing.give(bytes)
    }
  }

  function writeAll(chunks: readonly Buffer[], bytes: number): boolean {
    const [only] = chunks
    if (only && chunks.length === 1) return socket.write(only)
    if (bytes < gatherBelowBytes) return socket.write(Buffer.concat(chunks, bytes))
    socket.cork()
    let hasRoom = true
    for (const chunk of chunks) hasRoom = socket.write(chunk)
    socket.uncork()
    return hasRoom
  }

  function drained(): Promise<void> {
    blockedSinceMs = deps.now()
    return new Promise((resolve) => {
      const done = () => {
        blockedSinceMs = undefined
        socket.off('drain', done)
        closeListeners.delete(done)
        resolve()
      }
      socket.once('drain', done)
      closeListeners.add(done)
    })
  }

  function heldBytes(): number {
    return splitter.heldBytes() + waitingBytes
  }

  function findOverdue(nowMs: number): string | undefined {
    const { frameMs, firstRequestMs, idleMs } = deps.limits
    if (frameSinceMs !== undefined && nowMs - frameSinceMs > frameMs && !socket.isPaused())
      return `a frame was not complete after ${frameMs} ms`
    if (blockedSinceMs !== undefined) return findDeaf(nowMs - blockedSinceMs)
    if (running > 0) return undefined
    if (!asked && nowMs - startedAtMs > firstRequestMs) return `it asked nothing for ${firstRequestMs} ms`
    return nowMs - lastActiveAtMs > idleMs ? `it was idle for ${idleMs} ms` : undefined
  }

  function findDeaf(blockedMs: number): string | undefined {
    const { drainMs, crowdedDrainMs } = deps.limits
    if (blockedMs > drainMs) return `an answer was not read for ${drainMs} ms`
    if (blockedMs <= crowdedDrainMs || !deps.outgoing.isUsedUp()) return undefined
    return `an answer was not read for ${crowdedDrainMs} ms while others waited for its room`
  }

  function close(reason: string): void {
    if (closeReason) return
    closeReason = reason
    splitter.discard()
    waiting.length = 0
    waitingBytes = 0
    socket.destroy()
    for (const listener of [...closeListeners]) listener()
    deps.onClosed(connection, reason)
  }

  const connection: Connection = {
    startedAtMs,
    remote,
    hasAsked: () => asked,
    heldBytes,
    findOverdue,
    close,
    async finish() {
      isFinishing = true
      await lastAnswer
      close('the broker stops')
    },
  }

  socket.setNoDelay(true)
  socket.on('data', receive)
  socket.on('error', (cause) => close(`the connection failed: ${cause.message}`))
  socket.on('close', () => close('the client closed it'))
  return connection
}

function isProduce(frame: Buffer): boolean {
  return frame.readInt16BE(0) === produceKey
}
