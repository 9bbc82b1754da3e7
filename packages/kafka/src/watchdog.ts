// A consumer that is dead while its process lives is the worst case: nothing fails, and nothing is sent. The watchdog asks the broker
// over a connection of its own, and only while no record is looked at.
interface WatchdogOptions {
  readonly limitMs: number
  /** False while standing still is intended: paused, closing, or every slot busy. */
  readonly isExpectedToRead: () => boolean
  readonly readLookedAtMs: () => number
  /** Records that this member should have seen by now. */
  readonly readLag: () => Promise<number>
  readonly onStalled: (stall: { readonly lag: number; readonly idleMs: number }) => void
}

export function startWatchdog({ limitMs, isExpectedToRead, readLookedAtMs, readLag, onStalled }: WatchdogOptions) {
  const periodMs = Math.max(10, Math.floor(limitMs / 4))
  let lagSinceMs: number | undefined
  let isChecking = false

  async function check(): Promise<void> {
    if (!isExpectedToRead() || Date.now() - readLookedAtMs() < periodMs) {
      lagSinceMs = undefined
      return
    }
    const askedMs = Date.now()
    // A broker that cannot be asked is no sign of a consumer that is dead.
    const lag = await readLag().catch(() => 0)
    if (lag === 0 || !isExpectedToRead() || readLookedAtMs() >= askedMs - periodMs) {
      lagSinceMs = undefined
      return
    }
    lagSinceMs ??= askedMs
    const sinceMs = Math.max(lagSinceMs, readLookedAtMs())
    if (Date.now() - sinceMs >= limitMs) onStalled({ lag, idleMs: Date.now() - readLookedAtMs() })
  }

  const timer = setInterval(() => {
    if (isChecking) return
    isChecking = true
    void check().finally(() => {
      isChecking = false
    })
  }, periodMs)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
