import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DeliveryResult, RecordedDelivery } from './delivery-store.ts'

const RECORD_ROWS_MAX = 1_000

export interface Recorder {
  /** Resolves once the row says it. */
  record(result: DeliveryResult): Promise<RecordedDelivery | undefined>
}

/**
 * Self-clocked: one statement is under way, and everything that comes meanwhile is the next. No timer, so a lone result
 * is recorded at once and a crowd shares one statement.
 */
export function createRecorder(
  recordResults: (results: readonly DeliveryResult[]) => Promise<readonly RecordedDelivery[]>,
): Recorder {
  type Waiting = {
    readonly result: DeliveryResult
    readonly resolve: (recorded: RecordedDelivery | undefined) => void
    readonly reject: (error: unknown) => void
  }
  let waiting: Waiting[] = []
  let isRecording = false

  async function drain(): Promise<void> {
    isRecording = true
    // What was answered in the same moment goes into one statement, rather than the first of it alone.
    await nextTurn()
    while (waiting.length > 0) {
      const batch = waiting.slice(0, RECORD_ROWS_MAX)
      waiting = waiting.slice(RECORD_ROWS_MAX)
      try {
        const recorded = new Map((await recordResults(batch.map((one) => one.result))).map((row) => [row.id, row]))
        for (const { result, resolve } of batch) resolve(recorded.get(result.id))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    isRecording = false
  }

  return {
    record(result) {
      return new Promise((resolve, reject) => {
        waiting.push({ result, resolve, reject })
        if (!isRecording) void drain()
      })
    },
  }
}
