/** Looks until it is so, and says what it saw last when it never was. */
export async function waitUntil<T>(
  what: string,
  limitMs: number,
  look: () => Promise<{ readonly isSo: boolean; readonly seen: T }>,
): Promise<T> {
  for (const deadlineMs = performance.now() + limitMs; ; await Bun.sleep(100)) {
    const { isSo, seen } = await look()
    if (isSo) return seen
    if (performance.now() > deadlineMs)
      throw new Error(`${what}: not within ${limitMs} ms; last seen: ${JSON.stringify(seen)}`)
  }
}
