import { Client, type Pool } from 'pg'

export interface Listening {
  close(): Promise<void>
}

/** As the trigger of "HeldEvent" calls it. */
const CHANNEL = 'carillon_due'
const AGAIN_MS = 1_000

/**
 * Hears of timers and events that were written when their time had nearly come. On a connection of its own, as one of the
 * pool would be gone for good. While it is away, or behind a pooler that hands nothing on, the clock's own look finds them.
 */
export function listenForDue(pool: Pool, onDue: () => void): Listening {
  let isClosing = false
  let client: Client | undefined
  let timer: NodeJS.Timeout | undefined

  async function listen(): Promise<void> {
    const opened = new Client(pool.options)
    client = opened
    opened.on('notification', onDue)
    // Also when it was never open, and at most one of the two is heard.
    const lost = Promise.withResolvers<void>()
    opened.on('error', () => lost.resolve())
    opened.on('end', () => lost.resolve())
    try {
      await opened.connect()
      await opened.query(`LISTEN ${CHANNEL}`)
      // Whatever was told while nobody listened.
      onDue()
      await lost.promise
    } catch {
      // As good as lost.
    }
    await opened.end().catch(() => undefined)
    if (!isClosing) timer = setTimeout(start, AGAIN_MS)
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
