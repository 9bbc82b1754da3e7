import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ChannelRecord, Lane } from '@carillon/contracts'
import { createBreaker } from './breaker.ts'
import type { SendResult } from './channel.ts'
import { createClaimRoom } from './claim-room.ts'
import { splitByLimits } from './delivery-limits.ts'
import type { ClaimedDelivery } from './delivery-store.ts'
import { ANSWER_GRACE_MS, buildMessage, createHandOver, GIVEN_BACK } from './hand-over.ts'
import { createLaneQueue, type LaneQueue, type ReadyTicket, type Ticket } from './lane-queue.ts'
import { prepareDeliveries } from './prepare-deliveries.ts'
import { createRecorder } from './recorder.ts'
import { createSlots } from './slots.ts'
import { decideStatementSizes } from './statement-sizes.ts'
import { toDeliveryResult } from './to-delivery-result.ts'
import { toObservedAttempt } from './to-observed-attempt.ts'
import { createUnderWay } from './under-way.ts'
import { createUnknownResolver } from './unknown-resolver.ts'
import type { WorkerPolicy, WorkerPorts } from './worker-ports.ts'

/**
 * The way of a wake-up: wait → prepare (load, decide, set aside) → limit → claim → hand over → record → done.
 *
 * Wake-ups wait as bare ids. A row is read only shortly before it is claimed, and claimed only when a slot is about to
 * be free, so that a stop finds it still PENDING and a preference is as fresh as the message. The three statements run
 * beside each other: the next rows are read and claimed while the last are recorded. Urgent ones go first, and the
 * normal lane never fills the last slots. `deliver` resolves when the rows say what happened: then offsets follow.
 */
export interface DeliveryWorker {
  deliver(records: readonly ChannelRecord[], lane: Lane): Promise<void>
  /** Claims nothing more until it is resumed; what is claimed is sent, the rest stays PENDING. */
  pause(): void
  resume(): void
  readLoad(): {
    readonly waiting: number
    readonly claimed: number
    readonly breaker: string
    readonly heldForMs: number
  }
  /** Claims nothing more, waits for what is in flight, gives back what was not handed over. */
  close(): Promise<void>
}

interface LaneState {
  readonly name: Lane
  readonly queue: LaneQueue
  isPreparing: boolean
  claiming?: Promise<void> | undefined
}

interface Taken {
  readonly lane: LaneState
  readonly ready: ReadyTicket
}

/** Older than this, a row is read again before its claim (D10). */
const FRESH_MS = 1_000

export function createDeliveryWorker(ports: WorkerPorts, policy: WorkerPolicy): DeliveryWorker {
  const { channel, store, persist, random = Math.random } = ports
  // Twice the provider's limit: who begins within the first half has an answer, or certain silence, before it ends.
  const leaseMs = 2 * policy.timeoutMs
  const { readyMax, loadRowsMax, claimRowsMax } = decideStatementSizes(policy.slots)
  const urgent: LaneState = { name: 'urgent', queue: createLaneQueue(), isPreparing: false }
  const normal: LaneState = { name: 'normal', queue: createLaneQueue(), isPreparing: false }
  const lanes = [urgent, normal]
  const breaker = createBreaker({
    failuresMax: policy.breakerFailuresMax,
    openMs: policy.breakerOpenMs,
    nowMs: () => performance.now(),
  })
  const recorder = createRecorder((results) => persist(() => store.recordResults(results)))
  const resolver = ports.lookUps && createUnknownResolver({ ...ports, ...ports.lookUps, recorder, ...policy, random })
  const room = createClaimRoom(policy.slots, policy.urgentSlots, { msMax: policy.firstAnswerMsMax, onOpen: pump })
  const slots = createSlots(policy.slots, policy.urgentSlots)
  const handOver = createHandOver(channel, policy.timeoutMs)
  const { track, finishAll } = createUnderWay(ports.onFatal)
  /** A limiter told them to come back within the second. */
  const held = new Set<Ticket>()
  let isClosing = false
  let isPaused = false
  let heldUntilMs = 0

  function deliver(records: readonly ChannelRecord[], lane: Lane): Promise<void> {
    if (isClosing) return Promise.reject(CLOSING)
    const done = (lane === 'urgent' ? urgent : normal).queue.add(records)
    pump()
    return done
  }

  function pump(): void {
    if (isClosing || isPaused || performance.now() < heldUntilMs) return
    // Each lane for itself: what is urgent waits for no statement of the others.
    for (const lane of lanes) {
      const isClaimable = lane.queue.countReady() > 0 && room.countFree(lane.name) > 0
      if (isClaimable) lane.claiming ??= claimReady(lane).catch(ports.onFatal)
      prepareNext(lane)
    }
  }

  function prepareNext(lane: LaneState): void {
    // A statement for half of them costs little more than one for a few, and the other half is enough meanwhile.
    if (lane.isPreparing || lane.queue.countReady() > readyMax / 2) return
    const tickets = lane.queue.takeWaiting(loadRowsMax)
    if (tickets.length === 0) return
    lane.isPreparing = true
    prepareLane(lane, tickets).catch(ports.onFatal)
  }

  async function prepareLane(lane: LaneState, tickets: readonly Ticket[]): Promise<void> {
    const preparedAtMs = performance.now()
    const ids = tickets.map((ticket) => ticket.id)
    const prepared = await persist(() => prepareDeliveries(ids, ports))
    const byId = new Map(prepared.map((one) => [one.loaded.id, one]))
    const ready: ReadyTicket[] = []
    const others: Ticket[] = []
    for (const ticket of tickets) {
      const found = byId.get(ticket.id)
      // A delivery that stands twice in a batch is claimed once: its second ticket has nothing more to wait for.
      byId.delete(ticket.id)
      if (isClosing) ticket.giveUp(CLOSING)
      else if (found) ready.push({ ticket, prepared: found, preparedAtMs })
      else others.push(ticket)
    }
    lane.queue.addReady(ready)
    if (others.length > 0) track(settleOthers(others))
    lane.isPreparing = false
    pump()
  }

  /** They wait for no hand-over: most are done, and for the unknown ones the provider is asked first. */
  async function settleOthers(tickets: readonly Ticket[]): Promise<void> {
    if (resolver) await resolver.resolve(tickets.map(({ id }) => id))
    for (const ticket of tickets) ticket.done()
  }

  async function claimReady(lane: LaneState): Promise<void> {
    // One turn later, so that what became free in the same moment is claimed by one statement.
    await nextTurn()
    while (!isClosing && !isPaused && performance.now() >= heldUntilMs) {
      const taken = takeReady(lane)
      if (taken.length === 0) break
      const { admitted, retryInMs } = breaker.admit(taken.length)
      // Spread, so that they do not all come back in one moment, and the urgent ones before all others.
      const spread = () => (lane === urgent ? 1 : 1.25 + random())
      await deferDeliveries(
        taken.splice(admitted).map((one) => ({ ...one, dueInMs: Math.round(retryInMs * spread()) })),
        'breaker_open',
      )
      const passed = await passLimits(taken)
      if (passed.length > 0) await claimAndSend(passed)
    }
    lane.claiming = undefined
    if (!isClosing && !isPaused) prepareNext(lane)
  }

  function takeReady(lane: LaneState): Taken[] {
    const count = Math.min(room.countFree(lane.name), claimRowsMax)
    const taken = lane.queue.takeReady(count, performance.now() - FRESH_MS)
    room.claim(lane.name, taken.length)
    return taken.map((ready) => ({ lane, ready }))
  }

  /** Those that may go now. The others wait on their rows until the limiter has room, or here where that is soon. */
  async function passLimits(taken: readonly Taken[]): Promise<readonly Taken[]> {
    const { limits } = ports
    if (!limits || taken.length === 0) return taken
    const { passed, soon, later } = await splitByLimits(taken, ({ ready }) => ready.prepared, limits)
    for (const _ of [...soon, ...later]) breaker.report('none')
    for (const { one, freeInMs } of soon) hold(one, freeInMs)
    await deferDeliveries(
      later.map(({ one, freeInMs }) => ({ ...one, dueInMs: freeInMs })),
      'rate_limited',
    )
    return passed
  }

  function hold({ lane, ready }: Taken, forMs: number): void {
    room.leave(lane.name)
    held.add(ready.ticket)
    setTimeout(() => {
      if (held.delete(ready.ticket)) lane.queue.addReady([ready])
      pump()
    }, forMs)
  }

  async function deferDeliveries(deferred: readonly (Taken & { readonly dueInMs: number })[], reason: string) {
    if (deferred.length === 0) return
    const rows = deferred.map(({ ready, dueInMs }) => {
      return { id: ready.ticket.id, status: 'SCHEDULED' as const, reason, dueInMs }
    })
    await persist(() => store.setAside(rows))
    for (const one of deferred) leave(one)
  }

  async function claimAndSend(taken: readonly Taken[]): Promise<void> {
    // The lease's clock starts before the statement is sent: what the database took is used up already (D9).
    const handOverBeforeMs = performance.now() + policy.timeoutMs - ANSWER_GRACE_MS
    const claims = taken.map(({ ready: { prepared } }) => ({
      id: prepared.loaded.id,
      addressHash: prepared.addressHash,
      provider: channel.channel,
    }))
    const rows = await persist(() => store.claimDeliveries(claims, leaseMs))
    const sending = new Map(rows.filter((row) => row.status === 'SENDING').map((row) => [row.id, row]))
    for (const one of taken) {
      const { ready } = one
      const row = sending.get(ready.ticket.id)
      // Woken in two batches, a delivery may stand twice in one claim: its first ticket sends, the other is done.
      sending.delete(ready.ticket.id)
      if (!row) {
        breaker.report('none')
        leave(one)
        continue
      }
      slots.enter(one.lane === urgent, () => track(sendOne(one, row, handOverBeforeMs)))
    }
  }

  /** It was not to be handed over, and its row says why. */
  function leave({ lane, ready }: Taken): void {
    room.leave(lane.name)
    ready.ticket.done()
    pump()
  }

  async function sendOne(
    { lane, ready: { ticket, prepared } }: Taken,
    row: ClaimedDelivery,
    handOverBeforeMs: number,
  ): Promise<void> {
    const startedAtMs = performance.now()
    const message = buildMessage(prepared, row, { timeoutMs: policy.timeoutMs, handOverBeforeMs })
    const result = await (isClosing ? GIVEN_BACK : handOver(message))
    slots.leave(lane === urgent)
    applyToProvider(result)
    room.prove()
    room.leave(lane.name)
    room.startRecording(lane.name)
    pump()
    const recorded = await recorder.record(toDeliveryResult(result, prepared, row, policy.retry, random))
    room.finishRecording(lane.name)
    ports.observe(toObservedAttempt(result, prepared, row, recorded, startedAtMs))
    ticket.done()
    pump()
  }

  /** What an answer says of the provider, beside what it says of the message. */
  function applyToProvider(result: SendResult): void {
    const isTrouble = result.outcome === 'unknown' || ('opensBreaker' in result && result.opensBreaker === true)
    breaker.report(result === GIVEN_BACK ? 'none' : isTrouble ? 'trouble' : 'fine')
    if (!('stopsChannel' in result) || !result.stopsChannel) return
    heldUntilMs = performance.now() + policy.holdMs
    setTimeout(pump, policy.holdMs + 1).unref()
    ports.onChannelStopped(result)
  }

  async function close(): Promise<void> {
    isClosing = true
    for (const lane of lanes) lane.queue.abandon(CLOSING)
    for (const ticket of held) ticket.giveUp(CLOSING)
    held.clear()
    await Promise.all(lanes.map(({ claiming }) => claiming))
    await finishAll()
  }

  function readLoad() {
    const counts = lanes.map((lane) => lane.queue.countWaiting() + lane.queue.countReady())
    return {
      waiting: counts.reduce((sum, count) => sum + count, 0),
      claimed: room.countClaimed(),
      breaker: breaker.readState(),
      heldForMs: Math.max(0, heldUntilMs - performance.now()),
    }
  }

  return {
    deliver,
    pause() {
      isPaused = true
    },
    resume() {
      isPaused = false
      pump()
    },
    readLoad,
    close,
  }
}

const CLOSING = new Error('the worker is closing')
