import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { factKey } from '../routing-store.ts'
import { type DecidedHolds, decideHolds } from './decide-holds.ts'
import type { EventToHold, HeldEvent } from './held-event.ts'

const NOW = new Date('2026-11-21T12:00:00Z')
const LATER = '2026-11-22T12:00:00Z'

interface Change {
  readonly id?: string
  readonly atMs?: number
  readonly tenantId?: string
  readonly fingerprint?: string
  readonly event?: Partial<EventToHold['event']>
}

function event({ id = 'e1', atMs = 0, tenantId = 'default', fingerprint = id, event: more }: Change = {}): EventToHold {
  return {
    tenantId,
    id,
    fingerprint,
    acceptedAt: new Date(NOW.getTime() - 60_000 + atMs),
    traceparent: null,
    event: { type: 'X', message: 'm', notificationPriority: 'MEDIUM', cancelKey: 'slot-7', sendAt: LATER, ...more },
  }
}

interface World {
  rows: readonly HeldEvent[]
  cancelledKeys?: ReadonlyMap<string, Date>
}

function decide(events: readonly EventToHold[], { rows, cancelledKeys = new Map() }: World = { rows: [] }) {
  const acceptedAfter = new Date(NOW.getTime() - 3_600_000)
  return decideHolds(events, { now: NOW, rows, cancelledKeys, acceptedAfter })
}

/** What the table holds afterwards. */
function apply(rows: readonly HeldEvent[], { inserted, changed }: DecidedHolds): HeldEvent[] {
  const changes = new Map(changed.map((row) => [row.eventId, row]))
  return [...rows.map((row) => changes.get(row.eventId) ?? row), ...inserted.map(({ source: _, ...row }) => row)]
}

function live(rows: readonly HeldEvent[]): string[] {
  return rows.filter((row) => row.state === 'WAITING' || row.state === 'RELEASED').map((row) => row.eventId)
}

describe('one event', () => {
  it('with a time to come waits, and is planned only once its row was released', () => {
    const first = decide([event()])
    expect(first.verdicts).toEqual([{ kind: 'held' }])
    const [waiting] = apply([], first)
    if (!waiting) throw new Error('no row')
    expect(decide([event()], { rows: [waiting] })).toMatchObject({ verdicts: [{ kind: 'held' }], inserted: [] })
    const released = { ...waiting, state: 'RELEASING' as const, releasedAt: NOW }
    expect(decide([event()], { rows: [released] }).verdicts).toEqual([{ kind: 'plan', releasedAt: NOW }])
    for (const state of ['CANCELLED', 'REJECTED'] as const)
      expect(decide([event()], { rows: [{ ...waiting, state }] }).verdicts).toEqual([{ kind: 'cancelled' }])
  })

  it('whose time has passed, or that only has a key, need not wait; one that needs approval must', () => {
    const past = event({ event: { sendAt: '2026-11-21T11:00:00Z' } })
    const keyed = event({ event: { sendAt: null } })
    const approved = event({ event: { sendAt: '2026-11-21T11:00:00Z', requiresApproval: true } })
    expect([past, keyed, approved].map((one) => decide([one]).verdicts[0]?.kind)).toEqual(['plan', 'plan', 'held'])
  })

  it('with the id of another is a conflict, and without a row too late to be held when it is old', () => {
    const rows = apply([], decide([event()]))
    expect(decide([event({ fingerprint: 'other' })], { rows }).verdicts).toEqual([{ kind: 'conflict' }])
    const old = event({ id: 'old', atMs: -7_200_000 })
    expect(decide([old])).toEqual({ verdicts: [{ kind: 'too_old' }], inserted: [], changed: [] })
  })
})

describe('two events with one key', () => {
  const older = event({ id: 'older', atMs: 1 })
  const newer = event({ id: 'newer', atMs: 2 })
  const keeping = event({ id: 'newer', atMs: 2, event: { onSameKey: 'keep' } })

  it.each([
    ['the newer one replaces the older one', [older, newer], ['newer']],
    ['also when it arrived first', [newer, older], ['newer']],
    ['or it keeps the older one', [older, keeping], ['older']],
    ['also when that arrived last', [keeping, older], ['older']],
  ])('%s, in one batch or in two', (_name, events, survivors) => {
    expect(live(apply([], decide(events)))).toEqual(survivors)
    let rows: HeldEvent[] = []
    for (const one of events) rows = apply(rows, decide([one], { rows }))
    expect(live(rows)).toEqual(survivors)
    expect(rows).toHaveLength(2)
    expect(rows.find((row) => row.state === 'CANCELLED')?.reason).toBe(
      survivors[0] === 'newer' ? 'replaced' : 'kept_older',
    )
  })

  it('what went out gives way to a newer one, but keeps nobody waiting', () => {
    const released = apply([], decide([event({ id: 'older', atMs: 1, event: { sendAt: null } })]))
    expect(apply(released, decide([newer], { rows: released })).map((row) => row.state)).toEqual([
      'CANCELLED',
      'WAITING',
    ])
    const kept = apply(released, decide([keeping], { rows: released }))
    expect(kept.map(({ state, cancelKey }) => [state, cancelKey])).toEqual([
      ['RELEASED', null],
      ['WAITING', 'slot-7'],
    ])
  })

  it('one that comes late does not call back what went out', () => {
    for (const onSameKey of ['replace', 'keep'] as const) {
      const rows = apply([], decide([event({ id: 'newer', atMs: 2, event: { sendAt: null, onSameKey } })]))
      expect(live(apply(rows, decide([older], { rows })))).toEqual(['newer'])
    }
  })

  it('a tenant does not touch the keys of another', () => {
    const rows = apply([], decide([older, event({ id: 'foreign', atMs: 3, tenantId: 'other' })]))
    expect(live(rows)).toEqual(['older', 'foreign'])
  })

  it('whatever the order of arrival and however they are batched, the same one is left', () => {
    const ids = ['a', 'b', 'c', 'd', 'e']
    const setup = fc.record({
      order: fc.shuffledSubarray(ids, { minLength: 5 }),
      batches: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 5, maxLength: 5 }),
      repeats: fc.shuffledSubarray(ids),
    })
    fc.assert(
      fc.property(setup, ({ order, batches, repeats }) => {
        const events = [...order, ...repeats].map((id) => event({ id, atMs: ids.indexOf(id) }))
        let rows: HeldEvent[] = []
        for (let from = 0, round = 0; from < events.length; round++) {
          const size = batches[round % batches.length] ?? 1
          rows = apply(rows, decide(events.slice(from, from + size), { rows }))
          from += size
        }
        expect(live(rows)).toEqual(['e'])
        expect(rows).toHaveLength(ids.length)
      }),
    )
  })
})

describe('a key that was cancelled', () => {
  it('ends what was accepted before, and only that', () => {
    const cancelledKeys = new Map([[factKey('default', 'slot-7'), new Date(NOW.getTime() - 60_000 + 5)]])
    const verdictOf = (atMs: number) => decide([event({ atMs })], { rows: [], cancelledKeys }).verdicts[0]?.kind
    expect([verdictOf(4), verdictOf(5), verdictOf(6)]).toEqual(['cancelled', 'cancelled', 'held'])
  })
})
