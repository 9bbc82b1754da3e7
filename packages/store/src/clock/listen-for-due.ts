import { Client, type Pool } from 'pg'

export interface Listening {
  close(): Promise<void>
}

/** As the trigger of "HeldEvent" calls it. */
const CHANNEL = 'carillon_due'
const AGAIN_MS = { first: 1_000, max: 30_000 }

/**
 * Hears of timers and events that were written when their time had nearly come. On a connection of its own, as one of the
 * pool would be gone for good. While it is away, or behind a pooler that hands nothing on, the clock's own look finds them.
 */
export function listenForDue(pool: Pool, onDue: () => void): Listening {
  let isClosing = false
  let client: Client | undefined
  let timer: NodeJS.Timeout | undefined
  let againMs = AGAIN_MS.first

  async function listen(): Promise<void> {
    const opened = new Client(pool.options)
    client = opened
    opened.on('notification', onDue)
    // An error that nobody listens to would end the process.
    const lost = Promise.withResolvers<void>()
    opened.on('error', () => lost.resolve())
    opened.on('end', () => lost.resolve())
    try {
      await opened.connect()
      await opened.query(`LISTEN ${CHANNEL}`)
      againMs = AGAIN_MS.first
      // Whatever was told while nobody listened.
      onDue()
      await lost.promise
    } catch {
      // As good as lost.
    }
    await opened.end().catch(() => undefined)
    if (isClosing) return
    timer = setTimeout(start, againMs)
    againMs = Math.min(2 * againMs, AGAIN_MS.max)
  }

  let running: Promise<void>
  function start(): void {
    running = listen()
  }
  start()
  return {
    async close() {
      isClosing = true
      clearTimeout(timer)
      await client?.end().catch(() => undefined)
      await running
    },
  }
}
