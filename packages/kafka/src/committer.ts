import type { Generation } from './generation.ts'
import type { KafkaLog } from './log.ts'
import type { Membership } from './membership.ts'

interface CommitterOptions {
  readonly membership: Membership
  readonly intervalMs: number
  readonly log: KafkaLog
}

// A commit that failed is only a promise to do work again; nothing hurries.
const RETRY_MS = 1_000

/** Commits what is finished, at most once an interval; with nothing to commit it has no timer. */
export function createCommitter({ membership, intervalMs, log }: CommitterOptions) {
  let timer: NodeJS.Timeout | undefined
  let notBeforeMs = 0
  let isClosed = false

  function schedule(): void {
    if (timer !== undefined || isClosed || findUncommitted(membership.generation).length === 0) return
    timer = setTimeout(() => void commitNow(), Math.max(0, notBeforeMs - Date.now()))
  }

  async function commitNow(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const { topic, generation } = membership
    const uncommitted = findUncommitted(generation)
    if (uncommitted.length === 0 || generation.commit === undefined) return
    notBeforeMs = Date.now() + intervalMs
    const partitions = uncommitted.map(({ partition, offset }) => ({ partition, offset: String(offset) }))
    try {
      // Never through the client's own retry: that would repeat these offsets under a later generation's name.
      await generation.commit({ topics: [{ topic, partitions }] })
      for (const { partition, offset } of uncommitted) generation.partitions.get(partition)?.markCommitted(offset)
    } catch (error) {
      notBeforeMs = Date.now() + RETRY_MS
      log.debug({ topic, err: error }, 'kafka.commit.failed')
    }
    schedule()
  }

  return {
    schedule,
    commitNow,
    /** Commits what is finished by now, and nothing after. */
    async close(): Promise<void> {
      isClosed = true
      await commitNow()
    },
  }
}

function findUncommitted({ partitions }: Generation): { partition: number; offset: number }[] {
  const found: { partition: number; offset: number }[] = []
  for (const [partition, progress] of partitions) {
    const offset = progress.findUncommitted()
    if (offset !== undefined) found.push({ partition, offset })
  }
  return found
}
