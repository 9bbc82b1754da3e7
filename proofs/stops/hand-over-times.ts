import type { Outlet } from './outlets.ts'

/** When mails were accepted, and so when the next ones probably will be. */
export interface HandOverTimes {
  /** Notes when the wait for a mail to this address began; nobody will stop it. */
  noteControl(address: string, startAtMs: number): void
  /** How long such a wait is likely to last. */
  estimateMs(): number
  close(): Promise<void>
}

const LOOK_EVERY_MS = 100
const CONTROLS = 15

/**
 * Learns from controls alone: of the events that are stopped, only the quick ones leave a mail, and whoever learnt from
 * them would ask earlier and earlier. `place` is which mail of an address counts, from 0.
 */
export function watchHandOvers(outlet: Outlet, place: number, guessMs: number): HandOverTimes {
  const started = new Map<string, number>()
  const latencies: number[] = []
  let isClosing = false

  async function look(): Promise<void> {
    const byAddress = Map.groupBy(await outlet.accepted(), ({ to }) => to)
    for (const [address, startAtMs] of started) {
      const mail = byAddress.get(address)?.[place]
      if (mail === undefined) continue
      started.delete(address)
      latencies.push(Date.parse(mail.at) - startAtMs)
    }
  }
  const watching = (async () => {
    for (; !isClosing; await Bun.sleep(LOOK_EVERY_MS)) await look()
  })()

  return {
    noteControl: (address, startAtMs) => void started.set(address, startAtMs),
    estimateMs() {
      const recent = latencies.slice(-CONTROLS).sort((a, b) => a - b)
      return recent[recent.length >> 1] ?? guessMs
    },
    async close() {
      isClosing = true
      await watching
    },
  }
}
