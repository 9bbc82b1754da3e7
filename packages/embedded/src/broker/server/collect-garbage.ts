/**
 * What a closed connection held, and the pieces that a large frame came in, leave the counts at once, but memory only with
 * the next collection; large buffers alone do not hurry it. Ten milliseconds now and then are cheaper than what piles up
 * until it comes, and who has to send megabytes for each of them cannot make them many.
 */
export function collectGarbage(): void {
  if (typeof Bun !== 'undefined') Bun.gc(true)
}
