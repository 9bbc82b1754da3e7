export interface FollowPauseOptions {
  readonly isPaused: () => Promise<boolean>
  readonly listParts: () => readonly { pause(): void; resume(): void }[]
  readonly onChange: (isPaused: boolean) => void
  readonly everyMs?: number
}

const EVERY_MS = 1_000

/**
 * Does what an operator wrote on the channel's row, within a second. An outage of the database changes nothing: what was
 * asked for last goes on. Resolves after the first look, so that a paused channel sends nothing when it starts, with how to
 * stop following.
 */
export async function followPause(options: FollowPauseOptions): Promise<() => void> {
  const { isPaused, listParts, onChange, everyMs = EVERY_MS } = options
  let wasPaused = false
  let isStopped = false
  let timer: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    const isAsked = await isPaused().catch(() => wasPaused)
    if (isStopped) return
    // Again with every look: a consumer that was paused for an outage is resumed by its end.
    if (isAsked) for (const part of listParts()) part.pause()
    else if (wasPaused) for (const part of listParts()) part.resume()
    if (isAsked !== wasPaused) onChange(isAsked)
    wasPaused = isAsked
    timer = setTimeout(look, everyMs)
  }

  await look()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
