import { freeBytes } from '../wire/free-bytes.ts'

// On the wire every request is a frame: its size as int32, then that many bytes. TCP knows nothing of frames: a chunk may
// hold several, or a piece of one. Whole frames are handed out as views of the chunk; only one that spans chunks is
// copied. Memory grows with the bytes that came, never with the size that was announced.

export interface FrameSplitter {
  // Answers what is wrong with the stream, if anything; the connection cannot be used after that.
  push(chunk: Buffer, emit: EmitFrame): string | undefined
  // Goes on with what was left when `emit` wanted no more: a frame costs more than its bytes once it is cut out.
  resume(emit: EmitFrame): string | undefined
  hasRest(): boolean
  isInFrame(): boolean
  heldBytes(): number
  // Gives back the memory of an unfinished frame at once, and not when the garbage is collected.
  discard(): void
}

// Answers whether it wants more.
export type EmitFrame = (frame: Buffer) => boolean

const sizeBytes = 4
// Key, version, correlation id, and the length of the client's name.
const frameBytesMin = 10
const firstCapacityBytes = 256

export function createFrameSplitter(frameBytesMax: number): FrameSplitter {
  let partial: Buffer | undefined
  let filled = 0
  let rest: Buffer | undefined
  let isWanted = true

  function findProblem(size: number): string | undefined {
    if (size > frameBytesMax) return `a frame of ${size} bytes is larger than ${frameBytesMax}`
    return size < frameBytesMin ? `a frame of ${size} bytes cannot hold a request` : undefined
  }

  function push(chunk: Buffer, emit: EmitFrame): string | undefined {
    if (rest) {
      rest = Buffer.concat([rest, chunk])
      return undefined
    }
    isWanted = true
    let at = 0
    while (at < chunk.length) {
      if (!isWanted) {
        rest = chunk.subarray(at)
        return undefined
      }
      if (!partial) {
        const taken = takeWhole(chunk, at, emit)
        if (typeof taken === 'string') return taken
        if (taken > 0) {
          at += taken
          continue
        }
      }
      at += keep(chunk, at)
      const problem = filled >= sizeBytes && partial ? findProblem(partial.readInt32BE(0)) : undefined
      if (problem) return problem
      emitIfWhole(emit)
    }
    return undefined
  }

  function resume(emit: EmitFrame): string | undefined {
    const chunk = rest
    rest = undefined
    return chunk && push(chunk, emit)
  }

  function takeWhole(chunk: Buffer, at: number, emit: EmitFrame): number | string {
    if (chunk.length - at < sizeBytes) return 0
    const size = chunk.readInt32BE(at)
    const problem = findProblem(size)
    if (problem) return problem
    if (chunk.length - at - sizeBytes < size) return 0
    isWanted = emit(chunk.subarray(at + sizeBytes, at + sizeBytes + size))
    return sizeBytes + size
  }

  function keep(chunk: Buffer, at: number): number {
    const wanted = partial && filled >= sizeBytes ? sizeBytes + partial.readInt32BE(0) : sizeBytes
    const taken = Math.min(wanted - filled, chunk.length - at)
    if (!partial || partial.length < filled + taken) {
      const larger = Buffer.allocUnsafe(Math.min(Math.max(firstCapacityBytes, (filled + taken) * 2), wanted))
      partial?.copy(larger, 0, 0, filled)
      if (partial) freeBytes(partial)
      partial = larger
    }
    chunk.copy(partial, filled, at, at + taken)
    filled += taken
    return taken
  }

  function discard(): void {
    if (partial) freeBytes(partial)
    partial = undefined
    rest = undefined
    filled = 0
  }

  function emitIfWhole(emit: EmitFrame): void {
    if (!partial || filled < sizeBytes) return
    const end = sizeBytes + partial.readInt32BE(0)
    if (filled < end) return
    const frame = partial.subarray(sizeBytes, end)
    partial = undefined
    filled = 0
    isWanted = emit(frame)
  }

  return {
    push,
    resume,
    hasRest: () => rest !== undefined,
    isInFrame: () => partial !== undefined,
    heldBytes: () => filled + (rest?.length ?? 0),
    discard,
  }
}
