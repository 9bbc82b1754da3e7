import { randomUUID } from 'node:crypto'
import type { FanoutLease, TakenFanout } from './fanout-store.ts'
import { type FanoutEnd, type FanoutPolicy, type FanoutPorts, runFanout } from './run-fanout.ts'

export interface FanoutRunner {
  /** Resolves once the fan-out is taken, which then runs on by itself; false where it is not to be taken. */
  start(fanoutId: string): Promise<boolean>
  /** Gives back between two chunks whatever runs. */
  close(): Promise<void>
}

export interface FanoutRunnerPorts extends Omit<FanoutPorts, 'mayGoOn'> {
  /** True: the database or the broker is away, and the fan-out is not to blame. */
  readonly isOutage: (error: unknown) => boolean
  readonly onEnd: (end: ObservedEnd) => void
}

export interface ObservedEnd {
  readonly fanoutId: string
  readonly eventId: string | null
  readonly end: FanoutEnd | 'interrupted'
  readonly error?: unknown
}

export interface FanoutRunnerOptions {
  readonly concurrency: number
  readonly leaseMs: number
  readonly policy: FanoutPolicy
}

const FAILURES_MAX = 5
const REST_MS = 1_000
const SLOT_MS = 50

/**
 * The rows say who works on what, so a record is done with as soon as its fan-out is taken: what is lost after that, the
 * clock finds by its lease.
 */
export function createFanoutRunner(ports: FanoutRunnerPorts, options: FanoutRunnerOptions): FanoutRunner {
  const { store, onEnd, rest } = ports
  const running = new Set<Promise<void>>()
  let isClosing = false
  const mayGoOn = () => !isClosing

  async function run(taken: TakenFanout, lease: FanoutLease): Promise<void> {
    const { fanoutId } = taken
    const eventId = taken.event.id
    try {
      onEnd({ fanoutId, eventId, end: await runFanout(taken, lease, { ...ports, mayGoOn }, options.policy) })
    } catch (error) {
      onEnd({ fanoutId, eventId, end: 'interrupted', error })
      await giveUp(taken, lease, error).catch(() => undefined)
    }
  }

  /** Where not even this can be said, the lease runs out. */
  async function giveUp({ failures }: TakenFanout, lease: FanoutLease, error: unknown): Promise<void> {
    const problem = describe(error)
    if (ports.isOutage(error)) await store.giveBack(lease, REST_MS)
    else if (failures + 1 >= FAILURES_MAX) await store.failFanout(lease, 'no_progress', problem)
    else await store.giveBack(lease, REST_MS * 2 ** failures, problem)
  }

  /** What cannot even be read, because its key is gone, must not end a process that others need. */
  async function takeReadable(lease: FanoutLease): Promise<TakenFanout | undefined> {
    try {
      return await store.takeFanout(lease.fanoutId, lease.owner, lease.leaseMs)
    } catch (error) {
      if (ports.isOutage(error)) throw error
      onEnd({ fanoutId: lease.fanoutId, eventId: null, end: 'failed', error })
      await store.failFanout(lease, 'no_progress', describe(error))
      return undefined
    }
  }

  return {
    async start(fanoutId) {
      while (running.size >= options.concurrency && !isClosing) await rest(SLOT_MS)
      if (isClosing) return false
      const lease = { fanoutId, owner: randomUUID(), leaseMs: options.leaseMs }
      const taken = await takeReadable(lease)
      if (taken === undefined) return false
      const one = run(taken, lease).finally(() => running.delete(one))
      running.add(one)
      return true
    },
    async close() {
      isClosing = true
      await Promise.all(running)
    },
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
