/** Work that nobody waits for until the worker closes. A count, for a set of promises would cost three more for each. */
export interface UnderWay {
  track(work: Promise<void>): void
  finishAll(): Promise<void>
}

export function createUnderWay(onFailed: (error: unknown) => void): UnderWay {
  let count = 0
  let onIdle: (() => void) | undefined

  function finish(): void {
    count -= 1
    if (count === 0) onIdle?.()
  }

  return {
    track(work) {
      count += 1
      void work.catch(onFailed).then(finish)
    },
    async finishAll() {
      if (count > 0) await new Promise<void>((resolve) => (onIdle = resolve))
    },
  }
}
