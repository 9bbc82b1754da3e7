const pauseMs = 100
let lastMs = Number.NEGATIVE_INFINITY

/**
 * What a closed connection held leaves the counts at once, but memory only with the next collection; large buffers alone do
 * not hurry it. Ten milliseconds now and then are cheaper than what piles up until it comes.
 */
export function collectGarbage(): void {
  const nowMs = performance.now()
  if (nowMs - lastMs < pauseMs) return
  lastMs = nowMs
  if (typeof Bun !== 'undefined') Bun.gc(true)
}
