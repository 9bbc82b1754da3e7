import type { PromiseNumber } from '../invariants/promises.ts'
import type { Removal } from '../memory-store/removals.ts'

/** One replacement in a text, which must be there. */
export interface TextChange {
  readonly from: string
  readonly to: string
}

/** A guard of docs/delivery.md that lives in statements: left out by the twin in memory, and in the statements' texts. */
export interface StatementRemoval {
  readonly guard: string
  readonly how: string
  readonly removed: readonly Removal[]
  /** By the name of the statement. */
  readonly statements: Readonly<Record<string, readonly TextChange[]>>
  readonly isTriggerOff?: boolean
  readonly ignored?: ReadonlySet<PromiseNumber>
}

const MAY_GO_ON = `d."stopRequestedAt" IS NULL AND d."expiresAt" > now()`
const ANY_STATUS = {
  from: `d.fence = l.fence AND (d.status = 'SENDING'
    OR d.status IN ('UNKNOWN', 'SCHEDULED', 'PENDING') AND l.s <> 'UNKNOWN')`,
  to: 'd.fence = l.fence',
}
const NO_OUTBOX = { from: 'HAVING count(*) > 0', to: 'HAVING false' }

export const STATEMENT_REMOVALS: readonly StatementRemoval[] = [
  {
    guard: 'D1',
    how: 'a claim, a fire or a look passes over a row that may not go on',
    removed: ['D1 verdicts'],
    statements: {
      'claim-deliveries': [
        {
          from: `CASE WHEN d.status = 'PENDING' THEN true ELSE false END\n  ORDER BY`,
          to: `CASE WHEN d.status = 'PENDING' AND ${MAY_GO_ON} THEN true ELSE false END\n  ORDER BY`,
        },
      ],
      'fire-due': [
        {
          from: `CASE WHEN d.status = 'SCHEDULED' THEN true ELSE false END\n  ORDER BY`,
          to: `CASE WHEN d.status = 'SCHEDULED' AND ${MAY_GO_ON} THEN true ELSE false END\n  ORDER BY`,
        },
      ],
      'judge-dispatched': [
        {
          from: `(d.status = 'PENDING' AND (d."expiresAt" <= now() OR d."stopRequestedAt" IS NOT NULL)
      OR d.status = 'SENDING'`,
          to: `(d.status = 'SENDING'`,
        },
      ],
    },
  },
  {
    guard: 'D2',
    how: 'a result is recorded whatever fence the row carries',
    removed: ['D2 fence'],
    statements: {
      'record-results': [{ from: 'WHERE CASE WHEN d.fence = r.fence THEN true ELSE false END', to: 'WHERE true' }],
    },
  },
  {
    guard: 'D2',
    how: 'a result is recorded whatever status the row has',
    removed: ['D2 statuses'],
    statements: { 'record-results': [ANY_STATUS] },
  },
  {
    guard: 'D3',
    how: 'the trigger is off, under a record that names no statuses',
    removed: ['D2 statuses', 'D3 trigger'],
    statements: { 'record-results': [ANY_STATUS] },
    isTriggerOff: true,
    // Behind it lies what the trigger is there for: with it, such a record leaves a final row as it was.
    ignored: new Set<PromiseNumber>([3]),
  },
  {
    guard: 'D6',
    how: 'a rung that ends leaves no dueAt for the clock',
    removed: ['D6 sibling'],
    statements: {
      'record-results': [
        {
          from: `\n                   WHEN l.s IN ('FAILED', 'EXPIRED') AND d."stopOn" IS NOT NULL THEN now() END`,
          to: ' END',
        },
      ],
      'fire-due': [
        {
          from: `\n                   WHEN t.s IN ('SUPPRESSED', 'EXPIRED') AND t.reason <> 'expired' AND d."stopOn" IS NOT NULL
                     THEN now() END`,
          to: ' END',
        },
      ],
      'set-aside': [
        { from: `\n                   WHEN l.s = 'SUPPRESSED' AND d."stopOn" IS NOT NULL THEN now() END`, to: ' END' },
      ],
      'resolve-unknown': [
        {
          from: `\n                   WHEN t.s IN ('FAILED', 'EXPIRED') AND d."stopOn" IS NOT NULL THEN now() END`,
          to: ' END',
        },
      ],
    },
  },
  {
    guard: 'D6',
    how: 'a row that is added to a stopped notification is born as planned',
    removed: ['D6 born'],
    statements: {
      'insert-plans': [
        { from: `CASE WHEN p.status NOT IN ('PENDING', 'SCHEDULED') THEN NULL`, to: 'CASE WHEN true THEN NULL' },
      ],
    },
  },
  {
    guard: 'D7',
    how: 'a read that comes before its notification leaves no stub',
    removed: ['D7 no stub'],
    statements: {
      'read-or-leave-stubs': [
        {
          from: '\nGROUP BY r.id',
          to: '\nWHERE EXISTS (SELECT FROM "Notification" e WHERE e.id = r.id)\nGROUP BY r.id',
        },
      ],
    },
  },
  {
    guard: 'D7',
    how: 'the insert passes over a stub',
    removed: ['D7 no filling'],
    statements: {
      'insert-plans': [{ from: 'WHERE CASE WHEN o."plannedAt" IS NULL AND', to: 'WHERE CASE WHEN false AND' }],
    },
  },
  {
    guard: 'D12',
    how: 'outcomes are announced and not kept',
    removed: ['D12 outbox'],
    statements: Object.fromEntries(
      [
        'insert-plans',
        'insert-new-plans',
        'claim-deliveries',
        'set-aside',
        'record-results',
        'fire-due',
        'resolve-unknown',
        'judge-dispatched',
        'stop-deliveries',
      ].map((name) => [name, [NO_OUTBOX]]),
    ),
  },
]

/** A guard that lives in code of the domain: the text of its sources changed, in a process of its own. */
export interface SourceRemoval {
  readonly guard: string
  readonly how: string
  /** By the file, from the root of the project. */
  readonly sources: Readonly<Record<string, readonly TextChange[]>>
}

export const SOURCE_REMOVALS: readonly SourceRemoval[] = [
  {
    guard: 'D8',
    how: 'a chunk may hold a notification twice',
    sources: {
      'packages/routing/src/plan-events.ts': [
        {
          from: 'rounds.find(({ notifications }) => !planned.some(({ id }) => notifications.has(id)))',
          to: 'rounds[0]',
        },
        {
          from: 'round.notifications.set(notification.id, notification)',
          to: 'round.notifications.set(notification.id + event.id, notification)',
        },
      ],
    },
  },
  {
    guard: 'D9',
    how: 'nobody asks how much of the lease is left',
    sources: {
      'packages/delivery/src/worker.ts': [
        {
          from: 'const handOverBeforeMs = performance.now() + policy.timeoutMs - ANSWER_GRACE_MS',
          to: 'const handOverBeforeMs = Infinity',
        },
      ],
    },
  },
  {
    guard: 'D10',
    how: 'a row that waited for a slot is not read again',
    sources: {
      'packages/delivery/src/worker.ts': [{ from: 'const FRESH_MS = 1_000', to: 'const FRESH_MS = Infinity' }],
    },
  },
  {
    guard: 'D10',
    how: 'suppressed addresses count when planning only',
    sources: {
      'packages/delivery/src/prepare-deliveries.ts': [
        {
          from: 'const suppressed = await findSuppressed(addressed, store)',
          to: 'const suppressed = new Set<string>()',
        },
      ],
    },
  },
  {
    guard: 'D10',
    how: 'preferences count when planning only',
    sources: {
      'packages/delivery/src/decide-sendable.ts': [{ from: 'return isWanted ?', to: 'return isWanted || true ?' }],
    },
  },
  {
    guard: 'D11',
    how: 'nobody looks for lost wake-ups',
    sources: {
      'packages/clock/src/decide-lost.ts': [
        { from: 'dispatch.pending.filter((wakeUp) => !queued.has(wakeUp.deliveryId))', to: '[]' },
      ],
    },
  },
  {
    guard: 'D13',
    how: 'an event is never too old',
    sources: {
      'packages/routing/src/plan-events.ts': [
        { from: 'if (ageMs <= policy.planMaxAgeMs) return undefined', to: 'if (ageMs <= Infinity) return undefined' },
      ],
    },
  },
  {
    guard: 'D14',
    how: 'offsets are committed as soon as records are read',
    sources: {
      'packages/kafka/src/partition-progress.ts': [
        {
          from: '(committable > committed ? committable : undefined)',
          to: '(position > committed ? position : undefined)',
        },
      ],
    },
  },
  {
    guard: 'unknown',
    how: 'a lost answer leads straight to a retry',
    sources: {
      'packages/delivery/src/decide-next-step.ts': [
        {
          from: `return { status: 'UNKNOWN', reason: result.reason, dueInMs: policy.resolveUnknownAfterMs }`,
          to: `return { status: 'SCHEDULED', reason: result.reason, dueInMs: 1_000, usesAttempt: true }`,
        },
      ],
    },
  },
]

export function changeText(name: string, text: string, changes: readonly TextChange[]): string {
  return changes.reduce((changed, { from, to }) => {
    if (!changed.includes(from)) throw new Error(`${name} does not hold the text that is to be changed: ${from}`)
    return changed.replace(from, () => to)
  }, text)
}
