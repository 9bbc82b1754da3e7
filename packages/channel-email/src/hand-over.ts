import { Readable } from 'node:stream'
import type { OutgoingMessage } from '@carillon/delivery'

/**
 * The boundary between "surely not sent" and "perhaps sent".
 *
 * nodemailer reports a lost connection with the same codes before and after DATA. What tells the two apart is the body
 * of the message: the SMTP client first reads it when the server has answered 354, so until that read no byte of the
 * message has left us. MAIL, RCPT and DATA go out in one piece, but without a body they do nothing.
 *
 * A message that was given up before that read may still stand in the pool's queue, or on a connection that waits for
 * 354. The pool is told to let go of it; should it read all the same, the body ends in an error instead of a byte, and
 * the connection is closed without the final dot.
 */
export interface HandOver {
  /** Stops the pool; never the caller's own signal, which must not reach a message that is on its way. */
  readonly signal: AbortSignal
  hasBegun(): boolean
  givenUp(): GivenUp | undefined
  /** False when the message was given up: then not one byte may go out. */
  begin(): boolean
  /** Lets go of the timer and of the caller's signal. */
  end(): void
}

export type GivenUp = 'timeout' | 'stopped' | 'too_late'

type Limits = Pick<OutgoingMessage, 'timeoutMs' | 'handOverBeforeMs'>

export function createHandOver({ timeoutMs, handOverBeforeMs }: Limits, callersSignal: AbortSignal): HandOver {
  const pool = new AbortController()
  let begun = false
  let reason: GivenUp | undefined

  function giveUp(why: GivenUp) {
    reason ??= why
    pool.abort()
  }
  const startedAt = performance.now()
  const stop = () => {
    // The caller's clock for the same limit may run out a moment before ours.
    const isLimit = performance.now() - startedAt > timeoutMs - 50
    if (!begun) giveUp(isLimit ? 'timeout' : 'stopped')
  }
  const timer = setTimeout(() => giveUp('timeout'), timeoutMs)
  callersSignal.addEventListener('abort', stop, { once: true })
  if (callersSignal.aborted) stop()

  return {
    signal: pool.signal,
    hasBegun: () => begun,
    givenUp: () => reason,
    begin() {
      // A process that was stopped wakes up here with its timers not yet run; the clock tells.
      if (performance.now() > handOverBeforeMs) reason ??= 'too_late'
      if (reason !== undefined) return false
      begun = true
      return true
    },
    end() {
      clearTimeout(timer)
      callersSignal.removeEventListener('abort', stop)
    },
  }
}

/**
 * The body as the SMTP client gets it. It must be the outermost stream, because every inner one is read ahead. It goes
 * out in one piece: a mail composed of many small writes costs the socket more than all the rest.
 */
export function guardBody(body: Readable, handOver: HandOver): Readable {
  const chunks: Buffer[] = []
  let isComposed = false
  let isAskedFor = false

  function passOn() {
    if (!isComposed || !isAskedFor) return
    if (!handOver.begin()) return void guarded.destroy(new Error('hand over a message that was given up'))
    guarded.push(Buffer.concat(chunks))
    guarded.push(null)
  }
  const guarded = new Readable({
    read() {
      isAskedFor = true
      passOn()
    },
    destroy(error, done) {
      body.destroy()
      done(error)
    },
  })
  body.on('data', (chunk: Buffer) => chunks.push(chunk))
  body.on('error', (error) => guarded.destroy(error))
  body.on('end', () => {
    isComposed = true
    passOn()
  })
  return guarded
}
