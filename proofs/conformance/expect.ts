// A line of the list that does not hold throws; the message is what the row shows.
export function expect(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new Error(claim)
}

export function expectEqual(actual: unknown, wanted: unknown, what: string): void {
  const shown = JSON.stringify(actual)
  expect(
    shown === JSON.stringify(wanted),
    `${what}: ${shown?.slice(0, 200)} instead of ${JSON.stringify(wanted)?.slice(0, 200)}`,
  )
}

// Tries until it holds: for what a client learns a little later. The last failure is the answer.
export async function eventually<T>(limitMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + limitMs
  for (;;) {
    try {
      return await attempt()
    } catch (cause) {
      if (performance.now() > deadline) throw cause
      await Bun.sleep(50)
    }
  }
}

export async function within<T>(limitMs: number, what: string, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${what} took longer than ${limitMs} ms`)), limitMs)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
