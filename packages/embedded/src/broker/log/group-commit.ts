// Group commit without a timer. At most one sync is in flight; whoever asks meanwhile shares the next one, which starts
// the moment the first ends. A caller is answered by a sync that began after it asked, never by one that was already
// under way. When a sync fails, those who wait for the next one fail with it: the log was cut back underneath them.

export type GroupCommit = () => Promise<boolean>

export function createGroupCommit(sync: () => Promise<boolean>): GroupCommit {
  let waiting: ((synced: boolean) => void)[] = []
  let busy = false

  async function run(): Promise<void> {
    busy = true
    // One microtask late, so that requests which arrived in one packet share one sync.
    await Promise.resolve()
    while (waiting.length > 0) {
      const sharing = waiting
      waiting = []
      const synced = await sync()
      if (!synced) sharing.push(...waiting.splice(0))
      for (const resolve of sharing) resolve(synced)
    }
    busy = false
  }

  return function whenSynced() {
    return new Promise((resolve) => {
      waiting.push(resolve)
      if (!busy) void run()
    })
  }
}
