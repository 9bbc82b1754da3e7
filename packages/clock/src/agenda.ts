import { type Loop, type LoopOptions, startLoop } from './loop.ts'

/** In how many milliseconds the next row of each kind is due, by the database's clock; null where none waits. */
export interface Agenda {
  readonly deliveries: number | null
  /** Events that wait, and timers. */
  readonly held: number | null
  readonly dispatches: number | null
  readonly outbox: number | null
  readonly schedules: number | null
  readonly receipts: number | null
  readonly fanouts: number | null
  readonly digests: number | null
  readonly erasures: number | null
}

export type DueKind = keyof Agenda

/** Rests until it is woken. */
export type Worker = Pick<Loop, 'wake'>

export interface AgendaPorts extends Omit<LoopOptions, 'work'> {
  readonly readAgenda: () => Promise<Agenda>
  readonly workers: Readonly<Partial<Record<DueKind, Worker>>>
}

const REST_MS_MIN = 10
/** What is written while it rests, and nobody tells of, is late by no more than this. */
const REST_MS_MAX = 250
/** Steps and timers are to be on time. The others come in steady streams, and are taken many at a time. */
const PUNCTUAL: readonly DueKind[] = ['deliveries', 'held']
const OTHERS_EVERY_MS = REST_MS_MAX

/**
 * The one look at everything that may be due, in one statement: a clock that polled each table by itself would ask a
 * hundred times a second what one question answers. Rests until the next step or timer.
 */
export function startAgenda({ readAgenda, workers, decideRestMs, onFatal }: AgendaPorts): Loop {
  const expectedAtMs = new Map<DueKind, number>()
  const wokenAtMs = new Map<DueKind, number>()

  function wake(kind: DueKind): void {
    expectedAtMs.delete(kind)
    wokenAtMs.set(kind, performance.now())
    workers[kind]?.wake()
  }

  async function look() {
    const arrived = PUNCTUAL.filter((kind) => performance.now() >= (expectedAtMs.get(kind) ?? Number.POSITIVE_INFINITY))
    for (const kind of arrived) wake(kind)
    // Its worker has yet to take what the next look would find due once more.
    if (arrived.length > 0) return { againInMs: REST_MS_MIN }
    const agenda = await readAgenda()
    for (const kind of listDue(agenda)) if (mayWake(kind)) wake(kind)
    return { againInMs: restFor(agenda) }
  }

  function mayWake(kind: DueKind): boolean {
    const sinceMs = performance.now() - (wokenAtMs.get(kind) ?? Number.NEGATIVE_INFINITY)
    return PUNCTUAL.includes(kind) || sinceMs >= OTHERS_EVERY_MS
  }

  function restFor(agenda: Agenda): number {
    let restMs = REST_MS_MAX
    expectedAtMs.clear()
    for (const kind of PUNCTUAL) {
      const dueInMs = agenda[kind]
      if (dueInMs === null) continue
      if (dueInMs > 0) expectedAtMs.set(kind, performance.now() + dueInMs)
      restMs = Math.min(restMs, dueInMs)
    }
    return Math.max(Math.ceil(restMs), REST_MS_MIN)
  }

  return startLoop({ work: look, decideRestMs, onFatal })
}

function listDue(agenda: Agenda): DueKind[] {
  const kinds = Object.keys(agenda) as DueKind[]
  return kinds.filter((kind) => (agenda[kind] ?? Number.POSITIVE_INFINITY) <= 0)
}
