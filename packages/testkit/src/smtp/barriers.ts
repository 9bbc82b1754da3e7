import { createSignal } from './signal.ts'

/** Who stands at a barrier. `deliveryId` is known once the message was received. */
export interface Held {
  readonly name: string
  readonly recipients: readonly string[]
  readonly deliveryId?: string
}

export type Barriers = ReturnType<typeof createBarriers>

/** Named places where the server waits, so that a test can kill a process exactly there. */
export function createBarriers() {
  let standing: { held: Held; release: () => void }[] = []
  const signal = createSignal()

  return {
    hold(held: Held): Promise<void> {
      return new Promise((release) => {
        standing.push({ held, release })
        signal.notify()
      })
    },
    waitFor(name: string, timeoutMs: number): Promise<Held> {
      return signal.waitFor(`barrier ${name}`, () => standing.find(({ held }) => held.name === name)?.held, timeoutMs)
    },
    /** Lets everybody at this barrier go; every barrier when no name is given. */
    release(name?: string) {
      const released = standing.filter(({ held }) => name === undefined || held.name === name)
      standing = standing.filter((waiting) => !released.includes(waiting))
      for (const { release } of released) release()
    },
  }
}
