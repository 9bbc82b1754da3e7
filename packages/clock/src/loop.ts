/** A piece of work that says when it wants to be called again. */
export interface Loop {
  /** Calls the work now rather than at the end of its rest. */
  wake(): void
  close(): Promise<void>
}

export interface LoopOptions {
  readonly work: () => Promise<{ readonly againInMs: number }>
  /** Answers how long to rest after this error, or undefined when the process must not go on. */
  readonly decideRestMs: (error: unknown) => number | undefined
  readonly onFatal: (error: unknown) => void
}

export function startLoop({ work, decideRestMs, onFatal }: LoopOptions): Loop {
  let isClosing = false
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
      try {
        restMs = (await work()).againInMs
      } catch (error) {
        restMs = decideRestMs(error)
        if (restMs === undefined) return onFatal(error)
      }
      await rest(restMs)
    }
  }

  const running = run()
  return {
    wake: () => endRest?.(),
    async close() {
      isClosing = true
      endRest?.()
      await running
    },
  }
}
