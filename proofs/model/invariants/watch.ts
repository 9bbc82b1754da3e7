import type { StopAnswer } from '@carillon/contracts'
import type { StoredAttempt, StoredDelivery, Tables } from '../memory-store/rows.ts'
import type { Database } from '../stores.ts'
import type { How, Work } from '../world/fleet-process.ts'
import type { HandOver } from '../world/provider.ts'
import { checkBegin, checkTruth } from './hand-overs.ts'
import { checkFiring, checkPulled, createLadderMemory } from './ladder.ts'
import { checkChange } from './moves.ts'
import { BrokenPromise, type PromiseNumber } from './promises.ts'
import { createReads } from './reads.ts'
import { checkAttemptChange, checkRow } from './rows.ts'
import { checkWanted, type Refusals } from './sending.ts'
import type { Change, Scene } from './snapshot.ts'

export interface WatchOptions {
  readonly database: Database
  readonly nowMs: () => number
  readonly handOversOf: (deliveryId: string) => readonly HandOver[]
  /** When an event's newest record was written; older ones do not count as accepted anew. */
  readonly mayPlan: (eventId: string) => boolean
  /** Called with a line of the story, where somebody reads it. */
  readonly tell?: (line: string) => void
  readonly count: (what: string) => void
  /** Promises that are not asked for, so that it can be seen what lies behind them. */
  readonly ignored?: ReadonlySet<PromiseNumber>
}

export type Watch = ReturnType<typeof createWatch>

/** Looks at every row after every step, and remembers what rows do not say. */
export function createWatch({ database, nowMs, handOversOf, mayPlan, tell, count, ignored }: WatchOptions) {
  let deliveries: ReadonlyMap<string, StoredDelivery> = new Map()
  let attempts: ReadonlyMap<string, StoredAttempt> = new Map()
  let tables: Tables | undefined
  let refused = 0
  let askedAtMs = 0
  let commands = 0
  let untold: string | undefined
  let lookedAt: readonly Rows[] = []
  let hasMoved = true
  const planned = new Map<string, number>()
  const ladder = createLadderMemory()
  const cancelled = new Set<string>()
  const entered = new Set<string>()
  const mailOffSince = new Map<string, number>()
  const reads = createReads(nowMs)
  const refusals: Refusals = { mailOffSince, suppressedSince: new Map() }

  function tellNow(line: string): void {
    if (untold !== undefined) tell?.(untold)
    untold = undefined
    tell?.(line)
  }

  function fail(number: PromiseNumber, detail: string): void {
    if (!ignored?.has(number)) throw new BrokenPromise(number, detail)
  }

  function nameOf(id: string): string {
    const row = tables?.deliveries.get(id)
    if (!row) return `delivery ${id}`
    const { eventId } = tables?.notifications.get(row.notificationId) ?? {}
    return `${row.recipientId}'s ${row.channel} of ${eventId}${row.stopOn === null ? '' : `, step ${row.step}`}`
  }

  function describeChange({ before, after }: Change): string {
    const { status, reason, fence, possiblySent } = after
    const extra = [reason, status === 'SENDING' ? `fence ${fence}` : null, possiblySent ? 'possiblySent' : null]
    const said = extra.filter((one) => one !== null).join(', ')
    const move = before
      ? before.status === status
        ? `stays ${status}`
        : `${before.status} → ${status}`
      : `is ${status}`
    return `   ${nameOf(after.id)} ${move}${said ? ` (${said})` : ''}`
  }

  function checkPlannedOnce(births: readonly Change[]): void {
    const counts = Map.groupBy(births, ({ after }) => after.notificationId)
    for (const [notificationId, rows] of counts) {
      const [first] = rows
      if (!first) continue
      const { eventId } = tables?.notifications.get(notificationId) ?? {}
      if (planned.has(notificationId)) fail(1, `${nameOf(first.after.id)} is planned again`)
      if (!mayPlan(eventId ?? '')) fail(14, `${nameOf(first.after.id)} is planned`)
      planned.set(notificationId, rows.length)
    }
  }

  function listChanges(current: Tables): Change[] {
    const changes: Change[] = []
    for (const after of current.deliveries.values()) {
      const before = deliveries.get(after.id)
      if (before !== after) changes.push({ before, after })
    }
    return changes
  }

  async function afterStep(): Promise<void> {
    const current = await database.readTables()
    tables = current
    const scene: Scene = { tables: current, nowMs: nowMs(), fail, nameOf }
    const changes = listChanges(current)
    // Most steps only look, and what they looked at was judged before.
    const isQuiet = changes.length === 0 && lookedAt.every((rows, table) => isSame(rows, listTables(current)[table]))
    if (isQuiet && !hasMoved) return
    hasMoved = false
    for (const change of changes) noteChange(change)
    checkPlannedOnce(changes.filter(({ before }) => before === undefined))
    for (const change of changes) {
      checkChange(change, scene)
      checkFiring(change, ladder, scene)
      if (change.after.status === 'SENDING' && change.before?.status !== 'SENDING')
        checkWanted(change.after, refusals, askedAtMs, scene)
    }
    for (const row of current.deliveries.values()) {
      checkRow(row, scene)
      checkPulled(row, ladder, scene)
      checkTruth(row, handOversOf(row.id), scene)
    }
    reads.check(scene)
    for (const [key, before] of attempts) {
      const after = current.attempts.get(key)
      if (after !== before) checkAttemptChange(before, after, scene)
    }
    for (const key of current.suppressions.keys())
      if (!refusals.suppressedSince.has(key)) refusals.suppressedSince.set(key, nowMs())
    const refusedNow = database.readRefused()
    if (refusedNow.length > refused) fail(3, refusedNow.at(-1) ?? '')
    refused = refusedNow.length
    lookedAt = listTables(current).map((rows) => new Map(rows))
    deliveries = new Map(current.deliveries)
    attempts = new Map(current.attempts)
  }

  function noteChange(change: Change): void {
    const { before, after } = change
    const isMove = before?.status !== after.status
    if (isMove) {
      entered.add(`${after.id}.${after.status}`)
      count(`${before?.status ?? 'planned'} → ${after.status}`)
    }
    const isMarked = before?.stopRequestedAt !== after.stopRequestedAt
    if (isMove || isMarked) tellNow(describeChange(change))
  }

  return {
    beginCommand(text: string): void {
      commands += 1
      untold = undefined
      tellNow(`${commands}. ${text}`)
    },
    tell(line: () => string): void {
      if (tell) tellNow(`   ${line()}`)
    },
    /** Told only if something comes of it. */
    tellLater(line: () => string): void {
      if (tell) untold = `   ${line()}`
    },
    fail,
    nameOf,
    afterStep,
    /** Something that no row shows: a hand-over, or time. */
    noteMoved(): void {
      hasMoved = true
    },
    noteWork(work: Work, how: How): void {
      askedAtMs = work.askedAtMs
      if (work.what === 'stopNotifications' && how !== 'refused') reads.note(work.given, tables)
    },
    onMail(person: string, isOff: boolean): void {
      if (!isOff) mailOffSince.delete(person)
      else if (!mailOffSince.has(person)) mailOffSince.set(person, nowMs())
    },
    onBegin(handOver: HandOver): void {
      const { deliveryId } = handOver.message
      if (!tables) return
      hasMoved = true
      const others = handOversOf(deliveryId).filter((other) => other !== handOver)
      count('hand-overs')
      if (others.some((other) => other.state === 'accepted' || other.state === 'begun')) count('declared repetitions')
      tellNow(`   the first byte of ${nameOf(deliveryId)} leaves (attempt ${handOver.message.attempt})`)
      const scene: Scene = { tables, nowMs: nowMs(), fail, nameOf }
      const row = tables.deliveries.get(deliveryId)
      if (row) checkBegin(handOver, row, others, cancelled.has(deliveryId), scene)
    },
    onStopAnswered(deliveryId: string, answer: StopAnswer): void {
      const row = tables?.deliveries.get(deliveryId)
      const shows = { cancelled: ['CANCELLED'], possibly_sent: ['SENDING', 'UNKNOWN'], too_late: ['SENT', 'DELIVERED'] }
      tellNow(`   the answer for ${nameOf(deliveryId)}: ${answer}`)
      count(`answered ${answer}`)
      if (!row || !shows[answer].includes(row.status))
        fail(4, `\`${answer}\`, and ${nameOf(deliveryId)} is ${row?.status}`)
      if (answer === 'cancelled') cancelled.add(deliveryId)
    },
    wasEntered: (outcomeId: string) => entered.has(outcomeId),
    readTables: () => tables,
  }
}

type Rows = ReadonlyMap<string, object>

function listTables({ notifications, attempts, dispatches, suppressions }: Tables): Rows[] {
  return [notifications, attempts, dispatches, suppressions]
}

function isSame(before: Rows, after: Rows = new Map()): boolean {
  if (before.size !== after.size) return false
  for (const [key, row] of after) if (before.get(key) !== row) return false
  return true
}
