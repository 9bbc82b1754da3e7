/** A piece of work that says when it wants to be called again. */
export interface Loop {
  /** Calls the work now rather than at the end of its rest, or once more when it is at work already. */
  wake(): void
  close(): Promise<void>
}

export interface LoopOptions {
  readonly work: () => Promise<{ readonly againInMs: number }>
  /** Answers how long to rest after this error, or undefined when the process must not go on. */
  readonly decideRestMs: (error: unknown) => number | undefined
  readonly onFatal: (error: unknown) => void
}

/** For work that is woken where there is any; the turn that it takes all the same costs next to nothing. */
export const UNTIL_WOKEN_MS = 60_000

export function startLoop({ work, decideRestMs, onFatal }: LoopOptions): Loop {
  let isClosing = false
  let isWoken = false
  let hasFailed = false
  let endRest: (() => void) | undefined

  async function rest(ms: number): Promise<void> {
    if (ms <= 0 || isClosing) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      endRest = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    endRest = undefined
  }

  async function run(): Promise<void> {
    while (!isClosing) {
      let restMs: number | undefined
      isWoken = false
      try {
        restMs = (await work()).againInMs
        hasFailed = false
      } catch (error) {
        restMs = decideRestMs(error)
        hasFailed = true
        if (restMs === undefined) return onFatal(error)
      }
      if (!isWoken || hasFailed) await rest(restMs)
    }
  }

  const running = run()
  return {
    wake() {
      isWoken = true
      // Whatever there is to do, what failed is not tried again sooner than it was decided.
      if (!hasFailed) endRest?.()
    },
    async close() {
      isClosing = true
      endRest?.()
      await running
    },
  }
}
