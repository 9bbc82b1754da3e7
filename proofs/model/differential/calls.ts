import fc from 'fast-check'
import { type EventKind, KIND_NAMES, PEOPLE } from '../catalogue.ts'

/** A call of a store as plain data: what it is about is picked by number from what the tables hold when it runs. */
export type Call =
  | {
      readonly call: 'route'
      readonly events: readonly EventToRoute[]
      /** Whether the wake-ups reach the log. */
      readonly isPublished: boolean
    }
  | { readonly call: 'stop'; readonly requests: readonly StopToMake[] }
  | { readonly call: 'load'; readonly picks: Picks }
  | { readonly call: 'claim'; readonly picks: Picks; readonly leaseMs: number }
  | { readonly call: 'setAside'; readonly picks: Picks; readonly dueInMs: number | null }
  | { readonly call: 'record'; readonly results: readonly ResultToRecord[] }
  | { readonly call: 'fire' | 'pull' | 'nextDue' | 'takeOutbox' | 'deleteStubs' }
  | { readonly call: 'resolve'; readonly resendAfterMs: number }
  | { readonly call: 'inspect'; readonly unknownAfterMs: number }
  | { readonly call: 'recordPublished'; readonly pick: number; readonly some: number }
  | { readonly call: 'deleteOutbox'; readonly pick: number }
  | { readonly call: 'person'; readonly person: number; readonly isMailOff: boolean }
  | { readonly call: 'advance'; readonly ms: number }

type Picks = readonly number[]

export interface EventToRoute {
  readonly kind: EventKind
  readonly number: number
  readonly people: readonly string[]
  readonly acceptedMsAgo: number
}

export interface StopToMake {
  readonly kind: 'read' | 'cancel' | 'acknowledge'
  readonly event: number
  readonly person: string
  readonly name: 'event' | 'id' | 'producer'
  readonly isKafka: boolean
  readonly hasUser: boolean
  readonly atMs: number | null
}

export interface ResultToRecord {
  readonly pick: number
  /** 0 is the row's fence now, 1 the one before. */
  readonly fencesBack: number
  readonly status: 'SENT' | 'FAILED' | 'SCHEDULED' | 'UNKNOWN'
  readonly dueInMs: number | null
  readonly isUsed: boolean
  readonly suppresses: boolean
}

const number = fc.nat(7)
const picks = fc.array(number, { minLength: 1, maxLength: 4 })
const ms = fc.constantFrom(0, 1, 999, 5_000, 20_000, 31_000, 61_000, 300_000, 3_600_000)
const people = fc.constantFrom<readonly string[]>(['ann'], ['bob'], ['ann', 'bob'])

const eventToRoute = fc.record<EventToRoute>({
  kind: fc.constantFrom(...KIND_NAMES),
  number: fc.nat(2),
  people,
  acceptedMsAgo: fc.constantFrom(0, 0, 0, 1_000, 90_000_000),
})

const stopToMake = fc.record<StopToMake>({
  kind: fc.constantFrom('read', 'read', 'cancel', 'acknowledge'),
  event: fc.nat(2),
  person: fc.constantFrom(...PEOPLE.map((person) => person.id)),
  name: fc.constantFrom('event', 'id', 'producer'),
  isKafka: fc.boolean(),
  hasUser: fc.boolean(),
  atMs: fc.constantFrom(null, -5_000, 0, 5_000),
})

const resultToRecord = fc.record<ResultToRecord>({
  pick: number,
  fencesBack: fc.constantFrom(0, 0, 0, 1),
  status: fc.constantFrom('SENT', 'FAILED', 'SCHEDULED', 'UNKNOWN'),
  dueInMs: fc.constantFrom(null, 0, 1_000, 60_000, 3_600_000),
  isUsed: fc.boolean(),
  suppresses: fc.boolean(),
})

const call: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      call: fc.constant('route' as const),
      events: fc.array(eventToRoute, { minLength: 1, maxLength: 3 }),
      isPublished: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      call: fc.constant('stop' as const),
      requests: fc.array(stopToMake, { minLength: 1, maxLength: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('load' as const), picks }) },
  {
    weight: 6,
    arbitrary: fc.record({ call: fc.constant('claim' as const), picks, leaseMs: fc.constantFrom(1_000, 10_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      call: fc.constant('setAside' as const),
      picks,
      dueInMs: fc.constantFrom(null, 1_000, 60_000, 3_600_000),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      call: fc.constant('record' as const),
      results: fc.uniqueArray(resultToRecord, { minLength: 1, maxLength: 3, selector: (one) => one.pick }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ call: fc.constantFrom('fire' as const, 'pull', 'nextDue', 'takeOutbox', 'deleteStubs') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ call: fc.constant('resolve' as const), resendAfterMs: fc.constantFrom(0, 1_000, 60_000) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ call: fc.constant('inspect' as const), unknownAfterMs: fc.constantFrom(0, 5_000) }),
  },
  { weight: 2, arbitrary: fc.record({ call: fc.constant('recordPublished' as const), pick: number, some: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('deleteOutbox' as const), pick: number }) },
  {
    weight: 1,
    arbitrary: fc.record({ call: fc.constant('person' as const), person: fc.nat(1), isMailOff: fc.boolean() }),
  },
  { weight: 6, arbitrary: fc.record({ call: fc.constant('advance' as const), ms }) },
)

export const calls = fc.array(call, { minLength: 8, maxLength: 30, size: 'max' })
