/** Lets a test wait for something to become true, with a time limit, without asking again and again. */
export function createSignal() {
  let listeners: (() => void)[] = []
  return {
    notify() {
      const woken = listeners
      listeners = []
      for (const wake of woken) wake()
    },
    waitFor<T>(what: string, look: () => T | undefined, timeoutMs: number): Promise<T> {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`wait for ${what}: nothing within ${timeoutMs} ms`)), timeoutMs)
        const check = () => {
          const seen = look()
          if (seen === undefined) return void listeners.push(check)
          clearTimeout(timer)
          resolve(seen)
        }
        check()
      })
    },
  }
}
