// Bodies that are on their way, the oldest first. One timer watches over all of them: one each would cost as much as reading a
// small body does.
interface Waiting {
  readonly dueAtMs: number
  readonly giveUp: () => void
}

export type BodyDeadline = ReturnType<typeof createBodyDeadline>

export function createBodyDeadline(waitMs: number) {
  const waiting = new Set<Waiting>()
  let isArmed = false

  function arm(delayMs: number): void {
    isArmed = true
    setTimeout(giveUpOverdue, delayMs).unref()
  }

  function giveUpOverdue(): void {
    isArmed = false
    const nowMs = performance.now()
    for (const one of waiting) {
      // Up to a millisecond early is late enough: a timer may fire that much before its time.
      if (one.dueAtMs > nowMs + 1) {
        arm(one.dueAtMs - nowMs)
        return
      }
      waiting.delete(one)
      one.giveUp()
    }
  }

  /** Late is also who went away in the middle: nobody reads the answer, but it was no fault of ours. */
  return function receiveInTime<Received>(receiving: Promise<Received>): Promise<Received | 'too_late'> {
    return new Promise((resolve) => {
      const giveUp = () => resolve('too_late')
      const one = { dueAtMs: performance.now() + waitMs, giveUp }
      waiting.add(one)
      if (!isArmed) arm(waitMs)
      receiving.then(
        (received) => {
          waiting.delete(one)
          resolve(received)
        },
        () => {
          waiting.delete(one)
          giveUp()
        },
      )
    })
  }
}
