import type { OutboxRow } from '@carillon/contracts'

/** What comes with headers of its own and is read by nobody here; a Kafka producer with acks=all fits. */
export interface RecordPublisher {
  publishMany(
    records: readonly {
      readonly topic: string
      readonly key: string
      readonly value: string
      readonly headers: Readonly<Record<string, string>>
    }[],
  ): Promise<unknown>
}

export interface OutboxPorts {
  readonly publisher: RecordPublisher
  readonly deleteOutbox: (ids: readonly string[]) => Promise<void>
  readonly onFailure: (error: unknown, rows: number) => void
}

export interface OutboxAnnouncer {
  /** Returns at once; what fails here stays in its row, and the clock sweeps it. */
  announce(row: OutboxRow): void
  /** Waits for what was announced. */
  close(): Promise<void>
}

const ROWS_WAITING_MAX = 10_000

export function toRecords({ topic, records }: OutboxRow) {
  return records.map((record) => ({ topic, ...record }))
}

/** Publishes outbox rows right after their commit, self-clocked: what comes during one publish is the next one. */
export function createOutboxAnnouncer({ publisher, deleteOutbox, onFailure }: OutboxPorts): OutboxAnnouncer {
  let waiting: OutboxRow[] = []
  let draining: Promise<void> | undefined

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const rows = waiting
      waiting = []
      try {
        await publisher.publishMany(rows.flatMap(toRecords))
        await deleteOutbox(rows.map((row) => row.id))
      } catch (error) {
        onFailure(error, rows.length)
      }
    }
    draining = undefined
  }

  return {
    announce(row) {
      // During an outage of the broker the rows wait in the database, not in this process.
      if (waiting.length >= ROWS_WAITING_MAX) return
      waiting.push(row)
      draining ??= drain()
    },
    async close() {
      await draining
    },
  }
}
