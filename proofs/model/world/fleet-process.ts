import type { OutboxRow } from '@carillon/contracts'
import { createPartitionProgress } from '@carillon/kafka'
import { createOutboxAnnouncer } from '@carillon/routing'
import type { Database, ProcessStores } from '../stores.ts'
import type { Log } from './log.ts'
import { letRun } from './virtual-time.ts'

/**
 * A process of the fleet: whatever it does to the world waits here until the sequence lets it happen, in an order that
 * the sequence chooses. When it is killed, what it knew is gone, and what waited never happens.
 */
export interface FleetProcess {
  readonly name: string
  readonly stores: ProcessStores
  readonly publisher: Publisher
  /** Waits for its turn. In a process that was killed it waits for ever. */
  perform<Result>(what: string, work: () => Promise<Result> | Result, given?: readonly unknown[]): Promise<Result>
  /** Repeats through outages of the database, as the gate of the fleet's processes does. */
  persist<Result>(work: () => Promise<Result>): Promise<Result>
  consume(topic: string, handle: (records: readonly Received[]) => Promise<void>): void
  listWork(): readonly Work[]
  kill(): void
  isAlive(): boolean
}

export interface Received {
  readonly offset: number
  readonly timestampMs: number
  readonly value: Uint8Array
  readonly tenantId: string | undefined
}

export interface Publisher {
  publishMany(
    records: readonly { readonly topic: string; readonly key: string; readonly value: string }[],
  ): Promise<readonly { readonly partition: number; readonly offset: number }[]>
}

/** Something that can happen next, in one of several ways. */
export interface Work {
  readonly what: string
  readonly askedAtMs: number
  /** What a call of a store was given. */
  readonly given: readonly unknown[]
  run(how: How): Promise<void>
}

/**
 * `lost`: it happens, and the connection breaks before the answer. `held`: it happens, and the process stands still.
 * `refused`: it does not happen, and the process learns that. `killed`: it happens, and the process is gone.
 */
export type How = 'answered' | 'lost' | 'held' | 'refused' | 'killed'

export interface ProcessOptions {
  readonly name: string
  readonly database: Database
  readonly log: Log
  readonly nowMs: () => number
  readonly onFatal: (process: FleetProcess, error: unknown) => void
}

const BATCH_RECORDS_MAX = 3

export class Outage extends Error {
  override readonly name = 'Outage'
}

export function createFleetProcess({ name, database, log, nowMs, onFatal }: ProcessOptions): FleetProcess {
  let isAlive = true
  let waiting: Work[] = []
  const consumers: { readonly topic: string; readonly list: () => Work[] }[] = []

  function perform<Result>(
    what: string,
    work: () => Promise<Result> | Result,
    given: readonly unknown[] = [],
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (!isAlive) return
      const one: Work = {
        what,
        askedAtMs: nowMs(),
        given,
        async run(how) {
          waiting = waiting.filter((other) => other !== one)
          if (how === 'refused') reject(new Outage(`${what}: nobody answered`))
          else await settle(how)
          await letRun()
        },
      }
      async function settle(how: How): Promise<void> {
        const done = await Promise.try(work).then(
          (result) => () => resolve(result),
          (error: unknown) => () => reject(error),
        )
        if (how === 'killed') process.kill()
        else if (how === 'lost') reject(new Outage(`${what}: the answer was lost`))
        else if (how === 'held') waiting.push(holdBack(`the answer to "${what}"`, done))
        else done()
      }
      waiting.push(one)
    })
  }

  function holdBack(what: string, done: () => void): Work {
    const one: Work = {
      what,
      askedAtMs: nowMs(),
      given: [],
      async run(how) {
        if (how === 'held') return
        waiting = waiting.filter((other) => other !== one)
        if (how === 'killed') process.kill()
        else done()
        await letRun()
      },
    }
    return one
  }

  async function persist<Result>(work: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof Outage)) throw error
      }
    }
  }

  const publisher: Publisher = {
    publishMany: (records) =>
      perform(`publish ${records.length} records`, () =>
        records.map(({ topic, key, value }) => ({ partition: 0, offset: log.append(topic, key, value) })),
      ),
  }

  function announce(row: OutboxRow): void {
    if (isAlive) announcer.announce(row)
  }

  const plain = database.open(announce)
  const stores: ProcessStores = {
    routing: gateAll(plain.routing, perform),
    delivery: gateAll(plain.delivery, perform),
    stops: gateAll(plain.stops, perform),
    clock: gateAll(plain.clock, perform),
  }
  const announcer = createOutboxAnnouncer({ publisher, deleteOutbox: stores.clock.deleteOutbox, onFailure: () => {} })

  const process: FleetProcess = {
    name,
    stores,
    publisher,
    perform,
    persist,
    consume(topic, handle) {
      const fail = (error: unknown) => onFatal(process, error)
      consumers.push({ topic, list: createConsumer({ topic, log, handle, perform, fail }) })
    },
    listWork: () => (isAlive ? [...waiting, ...consumers.flatMap(({ list }) => list())] : []),
    kill() {
      isAlive = false
      waiting = []
    },
    isAlive: () => isAlive,
  }
  return process
}

type Perform = FleetProcess['perform']

/** Every call of the store waits for its turn. */
function gateAll<Store extends object>(store: Store, perform: Perform): Store {
  const gated = Object.entries(store).map(([name, call]) => [
    name,
    (...given: unknown[]) => perform(name, () => call(...given), given),
  ])
  return Object.fromEntries(gated)
}

interface ConsumerParts {
  readonly topic: string
  readonly log: Log
  readonly handle: (records: readonly Received[]) => Promise<void>
  readonly perform: Perform
  readonly fail: (error: unknown) => void
}

/** Batches finish in any order; the product's own progress says which offset may be committed (D14). */
function createConsumer({ topic, log, handle, perform, fail }: ConsumerParts): () => Work[] {
  const { generation, from } = log.join(topic)
  let position = from
  const progress = createPartitionProgress()

  function fetch(): void {
    const records = log.read(topic, position, BATCH_RECORDS_MAX)
    const [first] = records
    if (!first) return
    position = (records.at(-1)?.offset ?? first.offset) + 1
    const chunk = progress.begin(position)
    const received = records.map(({ value, ...record }) => ({ ...record, value: ENCODER.encode(value) }))
    // As the product's committer, which goes by the progress alone and not by who has just finished.
    commit()
    handle(received).then(() => {
      progress.finish(chunk)
      commit()
    }, fail)
  }

  function commit(): void {
    const done = progress.findUncommitted()
    if (done === undefined) return
    perform(`commit ${topic}`, () => log.commit(topic, generation, done)).then(
      () => progress.markCommitted(done),
      () => undefined,
    )
  }

  const work: Work = {
    what: `fetch ${topic}`,
    askedAtMs: 0,
    given: [],
    async run() {
      fetch()
      await letRun()
    },
  }
  return () => {
    const { logStart, logEnd } = log.readPosition(topic)
    position = Math.max(position, logStart)
    return log.isOwned(topic, generation) && position < logEnd ? [work] : []
  }
}

const ENCODER = new TextEncoder()
