// Lines go out in blocks: a write a line would be a quarter of what the API does for an event. One write is in the air, whatever
// comes meanwhile is the next block, so lines keep their order and a slow reader holds up nobody.
import { closeSync, openSync, write, writeSync } from 'node:fs'

export interface LineWriter {
  write(line: string): void
  /** Returns once every line is written. */
  close(): void
}

const BLOCK_BYTES = 256 * 1024
const FULL_BYTES = 128 * 1024
const UTF8_BYTES_MAX = 3
const FLUSH_AFTER_MS = 100
const BUSY_MS = 10
const BUSY_TRIES_MAX = 100
const STDOUT = 1

/** Only SIGKILL loses what was written last: on every other way out it is flushed. */
export function openLineWriter(path?: string): LineWriter {
  const fd = path === undefined ? STDOUT : openSync(path, 'a')
  // Two blocks that take turns: blocks made anew would be memory that the system takes back and gives again, thousands of times.
  let filling = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  let other = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  let filled = 0
  /** What comes while one block is in the air and the next is full. */
  let overflow = ''
  let isWriting = false
  let isBroken = false
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (isWriting) return
    const block = takeBlock()
    if (block.length === 0) return
    isWriting = true
    writeBlock(block)
  }

  function takeBlock(): Buffer {
    if (filled > 0) {
      const block = filling.subarray(0, filled)
      ;[filling, other, filled] = [other, filling, 0]
      return block
    }
    const block = Buffer.from(overflow)
    overflow = ''
    return block
  }

  function writeBlock(block: Buffer): void {
    write(fd, block, (error, count) => {
      if (error?.code === 'EAGAIN') return void setTimeout(writeBlock, BUSY_MS, block)
      // Nobody reads any more, or the disk is full: there is no place left to say so, and work goes on without this block.
      isBroken = error?.code === 'EPIPE'
      const rest = error ? undefined : block.subarray(count)
      if (rest !== undefined && rest.length > 0) return writeBlock(rest)
      isWriting = false
      if (filled >= FULL_BYTES || overflow !== '') flush()
      else if (filled > 0) arm()
    })
  }

  function arm(): void {
    if (timer !== undefined) return
    timer = setTimeout(flush, FLUSH_AFTER_MS)
    timer.unref()
  }

  function flushNow(): void {
    clearTimeout(timer)
    // The block in the air is another thread's: it is given the time to be first.
    if (isWriting) sleepNow(BUSY_MS)
    let rest = isBroken ? Buffer.alloc(0) : Buffer.concat([takeBlock(), Buffer.from(overflow)])
    filled = 0
    overflow = ''
    for (let tries = 0; rest.length > 0 && tries < BUSY_TRIES_MAX; tries++) {
      try {
        rest = rest.subarray(writeSync(fd, rest))
      } catch (error) {
        if (!isBusy(error)) return
        sleepNow(BUSY_MS)
      }
    }
  }

  process.on('exit', flushNow)
  return {
    write(line) {
      if (isBroken) return
      const isTooMuch = overflow !== '' || filled + line.length * UTF8_BYTES_MAX > BLOCK_BYTES
      if (isTooMuch) overflow += line
      else filled += filling.write(line, filled)
      if (isTooMuch || filled >= FULL_BYTES) flush()
      else arm()
    },
    close() {
      process.off('exit', flushNow)
      flushNow()
      if (fd !== STDOUT) closeSync(fd)
    },
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN'
}

function sleepNow(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
