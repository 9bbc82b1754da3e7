import { setTimeout as rest } from 'node:timers/promises'

export interface OutageGate {
  /** Runs the statement until it is taken; an error that is no outage is thrown. */
  persist<T>(statement: () => Promise<T>): Promise<T>
  isOpen(): boolean
  /** Statements that still wait are answered with the error that holds them up. */
  close(): void
}

export interface OutageGateOptions {
  readonly isOutage: (error: unknown) => boolean
  readonly onDown: (error: unknown) => void
  readonly onUp: (downMs: number) => void
}

const REST_MS_MIN = 100
const REST_MS_MAX = 2_000

/** A database that is away is waited for. Consumers pause meanwhile, and nothing that is in the air loses its result. */
export function createOutageGate({ isOutage, onDown, onUp }: OutageGateOptions): OutageGate {
  let downSinceMs: number | undefined
  let isClosed = false

  function noteOutage(error: unknown): void {
    if (downSinceMs !== undefined) return
    downSinceMs = performance.now()
    onDown(error)
  }

  function noteSuccess(): void {
    if (downSinceMs === undefined) return
    const downMs = performance.now() - downSinceMs
    downSinceMs = undefined
    onUp(downMs)
  }

  return {
    async persist(statement) {
      for (let restMs = REST_MS_MIN; ; restMs = Math.min(2 * restMs, REST_MS_MAX)) {
        try {
          const result = await statement()
          noteSuccess()
          return result
        } catch (error) {
          if (isClosed || !isOutage(error)) throw error
          noteOutage(error)
          await rest(restMs)
        }
      }
    },
    isOpen: () => downSinceMs === undefined,
    close() {
      isClosed = true
    },
  }
}
