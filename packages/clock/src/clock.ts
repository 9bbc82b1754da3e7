import { channelTopic, groupOf, type OutboxRow } from '@carillon/contracts'
import {
  type PublishedDispatch,
  publishQuestions,
  publishWakeUps,
  type WakeUp,
  type WakeUpPublisher,
} from '@carillon/routing'
import type { DueKind, Worker } from './agenda.ts'
import type { AskStore, ClockStore, OpenDispatch, ResendPolicy, WatchPolicy } from './clock-store.ts'
import { decideLost, type PartitionPosition } from './decide-lost.ts'
import { type Loop, type LoopOptions, startLoop, UNTIL_WOKEN_MS } from './loop.ts'

/**
 * The one clock. Escalation steps, retries, deferrals and unknown outcomes are rows with a `dueAt`; dispatches and the
 * outbox are what watches over wake-ups and records that got lost. Several clocks may run: rows are taken with SKIP
 * LOCKED, and the guarded statement decides.
 */
export interface Clock {
  /** To be woken by the agenda. */
  readonly workers: Readonly<Record<Extract<DueKind, 'deliveries' | 'dispatches' | 'outbox'>, Worker>>
  close(): Promise<void>
}

export interface ClockPorts {
  readonly store: ClockStore
  /** Where channels have providers that can be asked about lost messages. */
  readonly asks?: AskStore
  readonly publisher: WakeUpPublisher
  readonly readOffsets: (groupId: string, topic: string) => Promise<readonly PartitionPosition[]>
  /** Publishes what the row holds; rejects when it could not. */
  readonly publishOutbox: (row: OutboxRow) => Promise<void>
  readonly decideRestMs: (error: unknown) => number | undefined
  readonly onFatal: (error: unknown) => void
  readonly observe: (work: ObservedWork) => void
}

export interface ClockPolicy {
  readonly resend: ResendPolicy
  readonly watch: WatchPolicy
  readonly outboxOlderThanMs: number
  readonly stubsOlderThanMs: number
}

export interface ObservedWork {
  readonly work:
    | 'fired'
    | 'held'
    | 'republished'
    | 'swept'
    | 'unpublished'
    | 'resolved'
    | 'asked'
    | 'pulled'
    | 'stubs_deleted'
  readonly count: number
  readonly error?: unknown
}

const DUE_ROWS_MAX = 1_000
const DISPATCHES_MAX = 100
const OUTBOX_ROWS_MAX = 100
/** Where one step was due, others often are. */
const BETWEEN_STEPS_MS = 10
/** Of what is due and no step: at most so often while steps come without end, and while nothing comes of it. */
const OTHERS_EVERY_MS = { behindSteps: 250, alone: 50 }
const STUBS_EVERY_MS = 600_000

export function startClock(ports: ClockPorts, policy: ClockPolicy): Clock {
  const { decideRestMs, onFatal } = ports
  const start = (work: LoopOptions['work']) => startLoop({ work, decideRestMs, onFatal })
  // While more is due than one statement takes, two of them run: one fires while the other's wake-ups are published.
  const second = start(async () => ({ againInMs: (await fire(ports)).isMoreDue ? 0 : UNTIL_WOKEN_MS }))
  const others = start(() => moveOn(ports, policy))
  const deliveries = start(createFiring(ports, { second, others }))
  const dispatches = start(() => watchDispatches(ports, policy))
  const outbox = start(() => sweepOutbox(ports, policy))
  const stubs = start(() => deleteStubs(ports, policy))
  const loops: Loop[] = [second, others, deliveries, dispatches, outbox, stubs]
  return {
    workers: { deliveries, dispatches, outbox },
    async close() {
      await Promise.all(loops.map((loop) => loop.close()))
    },
  }
}

/** A loop by itself, so that nothing else that is due stands before a step. */
function createFiring(ports: ClockPorts, { second, others }: Readonly<Record<'second' | 'others', Worker>>) {
  let othersWokenAtMs = Number.NEGATIVE_INFINITY
  return async function fireOnTime() {
    const { taken, isMoreDue } = await fire(ports, second.wake)
    // Due, and nothing to fire: a rung that ended, or an outcome that nobody knows.
    const everyMs = taken > 0 ? OTHERS_EVERY_MS.behindSteps : OTHERS_EVERY_MS.alone
    if (performance.now() - othersWokenAtMs >= everyMs) {
      othersWokenAtMs = performance.now()
      others.wake()
    }
    if (isMoreDue) return { againInMs: 0 }
    return { againInMs: taken > 0 ? BETWEEN_STEPS_MS : UNTIL_WOKEN_MS }
  }
}

/** Says that more is due before it publishes what it took. */
async function fire({ store, publisher, observe }: ClockPorts, onMoreDue: () => void = () => undefined) {
  const fired = await store.fireDue(DUE_ROWS_MAX)
  const isMoreDue = fired.taken === DUE_ROWS_MAX
  if (isMoreDue) onMoreDue()
  if (fired.taken > 0) observe({ work: 'fired', count: fired.taken - fired.held })
  if (fired.held > 0) observe({ work: 'held', count: fired.held })
  const published = await publishWatched(fired.wakeUps, publisher, observe)
  if (published.length > 0) await store.recordPublished(published)
  return { taken: fired.taken, isMoreDue }
}

/** What ended or was lost and leads to something: the next rung, or another try. */
async function moveOn(ports: ClockPorts, { resend }: ClockPolicy) {
  const { store, observe } = ports
  const pulled = await store.pullLadders(DUE_ROWS_MAX)
  if (pulled > 0) observe({ work: 'pulled', count: pulled })
  const resolved = await store.resolveUnknown(DUE_ROWS_MAX, resend)
  if (resolved > 0) observe({ work: 'resolved', count: resolved })
  await askAboutUnknown(ports, resend)
  return { againInMs: Math.max(pulled, resolved) === DUE_ROWS_MAX ? 0 : UNTIL_WOKEN_MS }
}

/** By a wake-up, for only the channel's own process can ask its provider. One that is lost costs a turn. */
async function askAboutUnknown({ asks, publisher, observe }: ClockPorts, { asked }: ResendPolicy): Promise<void> {
  if (!asks || !asked) return
  const questions = await asks.askUnknown(DUE_ROWS_MAX, asked)
  if (questions.length === 0) return
  try {
    await publishQuestions(questions, publisher)
    observe({ work: 'asked', count: questions.length })
  } catch (error) {
    observe({ work: 'unpublished', count: questions.length, error })
  }
}

/** A publish that failed is no error of the rows: their dispatch has no offset, and the next look publishes again. */
async function publishWatched(
  wakeUps: readonly WakeUp[],
  publisher: WakeUpPublisher,
  observe: ClockPorts['observe'],
): Promise<readonly PublishedDispatch[]> {
  try {
    return await publishWakeUps(wakeUps, publisher)
  } catch (error) {
    observe({ work: 'unpublished', count: wakeUps.length, error })
    return []
  }
}

async function watchDispatches(ports: ClockPorts, { watch }: ClockPolicy) {
  const open = await ports.store.inspectDispatches(DISPATCHES_MAX, watch)
  for (const [topic, dispatches] of groupByTopic(open)) {
    const positions = await ports.readOffsets(groupOf(topic), topic)
    await republishLost(dispatches, positions, ports)
  }
  return { againInMs: open.length === DISPATCHES_MAX ? 0 : UNTIL_WOKEN_MS }
}

async function republishLost(
  dispatches: readonly OpenDispatch[],
  positions: readonly PartitionPosition[],
  { store, publisher, observe }: ClockPorts,
): Promise<void> {
  for (const dispatch of dispatches) {
    const { lost: seemsLost, kept } = decideLost(dispatch, positions)
    if (seemsLost.length === 0) continue
    // The rows were read before the positions: one that moved on between the two, and whose group committed, looks lost.
    const lost = await store.findPending(seemsLost)
    if (lost.length === 0) continue
    const [again] = await publishWatched(lost, publisher, observe)
    if (!again) continue
    await store.recordPublished([{ id: dispatch.id, parts: [...kept, ...again.parts] }])
    observe({ work: 'republished', count: lost.length })
  }
}

function groupByTopic(dispatches: readonly OpenDispatch[]): Map<string, OpenDispatch[]> {
  return Map.groupBy(dispatches, ({ channel, lane }) => channelTopic(channel, lane))
}

async function sweepOutbox({ store, publishOutbox, observe }: ClockPorts, policy: ClockPolicy) {
  const rows = await store.takeOutbox(policy.outboxOlderThanMs, OUTBOX_ROWS_MAX)
  for (const row of rows) await publishOutbox(row)
  if (rows.length > 0) {
    await store.deleteOutbox(rows.map((row) => row.id))
    observe({ work: 'swept', count: rows.length })
  }
  return { againInMs: rows.length === OUTBOX_ROWS_MAX ? 0 : UNTIL_WOKEN_MS }
}

async function deleteStubs({ store, observe }: ClockPorts, { stubsOlderThanMs }: ClockPolicy) {
  const deleted = await store.deleteStubs(stubsOlderThanMs, DUE_ROWS_MAX)
  if (deleted > 0) observe({ work: 'stubs_deleted', count: deleted })
  return { againInMs: deleted === DUE_ROWS_MAX ? 0 : STUBS_EVERY_MS }
}
