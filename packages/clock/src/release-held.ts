import { ACCEPTED_AT_HEADER, eventsTopic, TENANT_HEADER } from '@carillon/contracts'
import type { RecordPublisher } from '@carillon/routing'
import type { DueKind, Worker } from './agenda.ts'
import type { HeldClockStore, ReleasedEvent } from './held-clock-store.ts'
import { type LoopOptions, startLoop, UNTIL_WOKEN_MS } from './loop.ts'

export interface ReleasePorts extends Omit<LoopOptions, 'work'> {
  readonly store: HeldClockStore
  readonly publisher: RecordPublisher
  readonly observe: (work: ObservedRelease) => void
}

export interface ObservedRelease {
  readonly work: 'released' | 'timers_expired' | 'cancels_finished' | 'held_deleted' | 'unreleased' | 'schedules_fired'
  readonly count: number
  readonly error?: unknown
}

const ROWS_MAX = 1_000
const CLEAN_EVERY_MS = 600_000

export interface Releases {
  /** To be woken by the agenda. */
  readonly workers: Readonly<Record<Extract<DueKind, 'held' | 'schedules'>, Worker>>
  close(): Promise<void>
}

/**
 * Lets go what has waited. The row moves before the record is
 * published, so that a cancel and a release never both win; a release that was cut short is published again.
 */
export function startReleases(ports: ReleasePorts, keepEndedMs: number): Releases {
  const { decideRestMs, onFatal } = ports
  const start = (work: LoopOptions['work']) => startLoop({ work, decideRestMs, onFatal })
  const timers = start(() => expireTimers(ports))
  const events = start(() => release(ports))
  const schedules = start(() => fireSchedules(ports))
  const ended = start(() => clean(ports, keepEndedMs))
  function wakeHeld(): void {
    timers.wake()
    events.wake()
  }
  return {
    workers: { held: { wake: wakeHeld }, schedules },
    async close() {
      await Promise.all([timers, events, schedules, ended].map((loop) => loop.close()))
    },
  }
}

/** By themselves, so that no publish of an event stands before a timer. */
async function expireTimers({ store, observe }: ReleasePorts) {
  const expired = await store.expireTimers(ROWS_MAX)
  if (expired > 0) observe({ work: 'timers_expired', count: expired })
  return { againInMs: expired > 0 ? 0 : UNTIL_WOKEN_MS }
}

async function release(ports: ReleasePorts) {
  const { store, observe } = ports
  const released = await store.takeReleases(ROWS_MAX)
  if (released.length > 0) await publishReleases(released, ports)
  const finished = await store.finishCancels(ROWS_MAX)
  if (finished > 0) observe({ work: 'cancels_finished', count: finished })
  return { againInMs: Math.max(released.length, finished) === ROWS_MAX ? 0 : UNTIL_WOKEN_MS }
}

/** A publish that failed leaves the rows RELEASING, and they are due again. */
async function publishReleases(released: readonly ReleasedEvent[], { store, publisher, observe }: ReleasePorts) {
  try {
    await publisher.publishMany(released.map(toRecord))
  } catch (error) {
    observe({ work: 'unreleased', count: released.length, error })
    return
  }
  await store.confirmReleased(released.map((one) => one.id))
  observe({ work: 'released', count: released.length })
}

function toRecord({ tenantId, key, value, lane, acceptedAt, traceparent }: ReleasedEvent) {
  const headers = {
    [TENANT_HEADER]: tenantId,
    [ACCEPTED_AT_HEADER]: acceptedAt.toISOString(),
    ...(traceparent && { traceparent }),
  }
  return { topic: eventsTopic(lane), key, value, headers }
}

async function fireSchedules({ store, observe }: ReleasePorts) {
  const fired = await store.fireSchedules(ROWS_MAX)
  if (fired > 0) observe({ work: 'schedules_fired', count: fired })
  return { againInMs: fired === ROWS_MAX ? 0 : UNTIL_WOKEN_MS }
}

async function clean({ store, observe }: ReleasePorts, keepEndedMs: number) {
  const deleted = await store.deleteEnded(keepEndedMs, ROWS_MAX)
  if (deleted > 0) observe({ work: 'held_deleted', count: deleted })
  return { againInMs: deleted === ROWS_MAX ? 0 : CLEAN_EVERY_MS }
}
