/**
 * A costly answer is asked for once at a time and shared for a moment: a dashboard with twenty viewers costs what one
 * costs. A failure is not kept.
 */
export function keepFresh<Value>(ms: number, read: (key: string) => Promise<Value>, nowMs = () => performance.now()) {
  const kept = new Map<string, { readonly value: Promise<Value>; readonly untilMs: number }>()
  return function readFresh(key: string): Promise<Value> {
    const now = nowMs()
    const found = kept.get(key)
    if (found && found.untilMs > now) return found.value
    for (const [old, { untilMs }] of kept) if (untilMs <= now) kept.delete(old)
    const value = read(key)
    kept.set(key, { value, untilMs: now + ms })
    value.catch(() => kept.delete(key))
    return value
  }
}
