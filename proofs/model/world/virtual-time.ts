/**
 * Time that stands still until it is moved. The worker and the clock arm timers and read `performance.now()` by
 * themselves; while a sequence runs, both are these, so that it runs the same every time, and an hour costs nothing.
 */
export interface VirtualTime {
  nowMs(): number
  /** Fires what is due on the way, in order. What that sets going comes after. */
  advance(ms: number): void
  /** Gives real time back. */
  restore(): void
}

type Timeout = Parameters<typeof clearTimeout>[0]

interface Timer {
  readonly atMs: number
  readonly number: number
  readonly fire: () => void
}

const REAL = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, now: performance.now }

export function installVirtualTime(startMs: number): VirtualTime {
  let now = startMs
  let count = 0
  const timers = new Map<object, Timer>()

  function setVirtualTimeout(fire: (...given: unknown[]) => void, ms = 0, ...given: unknown[]): object {
    const handle = { unref: () => handle, ref: () => handle, hasRef: () => false }
    count += 1
    timers.set(handle, { atMs: now + Math.max(0, ms), number: count, fire: () => fire(...given) })
    return handle
  }

  function isVirtual(handle: Timeout): boolean {
    return typeof handle === 'object' && timers.delete(handle)
  }

  function findNext(untilMs: number): [object, Timer] | undefined {
    let next: [object, Timer] | undefined
    for (const entry of timers) {
      const { atMs, number } = entry[1]
      if (atMs > untilMs) continue
      if (!next || atMs < next[1].atMs || (atMs === next[1].atMs && number < next[1].number)) next = entry
    }
    return next
  }

  Object.assign(globalThis, {
    setTimeout: setVirtualTimeout,
    // A timer of real time, such as a pool's, may end while this time stands still.
    clearTimeout: (handle: Timeout) => isVirtual(handle) || REAL.clearTimeout(handle),
  })
  performance.now = () => now

  return {
    nowMs: () => now,
    advance(ms) {
      const untilMs = now + ms
      for (let next = findNext(untilMs); next; next = findNext(untilMs)) {
        const [handle, timer] = next
        timers.delete(handle)
        now = Math.max(now, timer.atMs)
        timer.fire()
      }
      now = untilMs
    },
    restore() {
      timers.clear()
      Object.assign(globalThis, { setTimeout: REAL.setTimeout, clearTimeout: REAL.clearTimeout })
      performance.now = REAL.now
    },
  }
}

// The worker waits a turn for what else happens in the same moment, before it claims and before it records.
const TURNS = 2

/** Everything that can go on without time, another's answer or a decision of the sequence has gone on. */
export async function letRun(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
}
