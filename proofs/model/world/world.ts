import {
  deriveNotificationId,
  eventsTopic,
  laneOf,
  OUTCOMES_TOPIC,
  READ_TOPIC,
  type StopAnswer,
} from '@carillon/contracts'
import type { StopRequest } from '@carillon/delivery'
import { buildEvent, CODES, KINDS as EVENT_KINDS, type EventKind, PEOPLE } from '../catalogue.ts'
import { ROUTING } from '../differential/run-call.ts'
import type { Watch } from '../invariants/watch.ts'
import { type Database, TENANT } from '../stores.ts'
import { KINDS, type ProcessKind, SENT_BY_MODEL, startWork, TOPICS_OF } from './fleet.ts'
import { createFleetProcess, type FleetProcess, type How, type Work } from './fleet-process.ts'
import { createLog } from './log.ts'
import { createProvider, type ProviderAnswer } from './provider.ts'
import type { VirtualTime } from './virtual-time.ts'
import { letRun } from './virtual-time.ts'

const RUN_STEPS_MAX = 500
/** Of each kind; they take over from each other. */
const TWINS = 2

export interface PublishedEvent {
  readonly kind: EventKind
  readonly id: string
  readonly people: readonly string[]
  readonly topic: string
  readonly value: string
  readonly isConflicting: boolean
}

export type World = ReturnType<typeof createWorld>

/** Everything there is: database, log, provider and processes, and what may happen to them. */
export function createWorld(database: Database, time: VirtualTime, watch: Watch) {
  const log = createLog(time.nowMs)
  const provider = createProvider(time.nowMs, (handOver) => watch.onBegin(handOver))
  const deaths: string[] = []
  const frozen = new Set<string>()
  const fleet = new Map<
    string,
    { kind: ProcessKind; process: FleetProcess; take: (topics: readonly string[]) => void }
  >()
  const events: PublishedEvent[] = []

  async function open(): Promise<void> {
    await database.setNow(time.nowMs())
    for (const person of PEOPLE) await database.savePerson(person)
    await database.saveCategory(TENANT, CODES)
    for (const channel of SENT_BY_MODEL) await database.serveChannel(channel)
    for (const kind of KINDS) for (let twin = 0; twin < TWINS; twin++) start(kind, twin, twin === 0)
    await letRun()
  }

  function start(kind: ProcessKind, twin: number, isOwner: boolean): void {
    const name = `${kind} ${'AB'[twin]}`
    const process = createFleetProcess({ name, database, log, nowMs: time.nowMs, onFatal })
    const take = startWork(kind, process, { log, provider, onFatal })
    fleet.set(name, { kind, process, take })
    if (isOwner) take(TOPICS_OF[kind])
  }

  function onFatal(process: FleetProcess, error: unknown): void {
    if (!process.isAlive()) return
    watch.tell(() => `${process.name} ends by itself: ${String(error)}`)
    deaths.push(`${process.name}: ${String(error)}`)
    process.kill()
  }

  const listProcesses = () => [...fleet.values()].map(({ process }) => process)

  /** A supervisor starts what has ended; the topics of a dead owner go to its twin. */
  async function restart(name: string): Promise<void> {
    const old = fleet.get(name)
    if (!old) return
    frozen.delete(name)
    const [kind, twin] = [old.kind, name.endsWith('A') ? 0 : 1]
    start(kind, twin, false)
    fleet.get(`${kind} ${'BA'[twin]}`)?.take(TOPICS_OF[kind])
    await letRun()
  }

  async function happen(process: FleetProcess, work: Work, how: How, isRoutine = false): Promise<void> {
    watch.noteWork(work, how)
    const tell = isRoutine ? watch.tellLater : watch.tell
    tell(() => `${process.name}: ${work.what}${how === 'answered' ? '' : `, ${TOLD[how]}`}`)
    await database.setNow(time.nowMs())
    await work.run(how)
    await watch.afterStep()
    await restartDead()
  }

  async function end(process: FleetProcess, isTaken: boolean): Promise<void> {
    process.kill()
    provider.abandon(process, isTaken)
    watch.noteMoved()
    await restart(process.name)
    await watch.afterStep()
  }

  async function restartDead(): Promise<void> {
    for (const process of listProcesses()) if (!process.isAlive()) await end(process, false)
  }

  async function run(process: FleetProcess, stepsMax = Infinity): Promise<void> {
    for (let steps = 0; steps < RUN_STEPS_MAX; steps++) {
      if (steps === stepsMax) return
      const [work] = process.listWork()
      if (!work) return
      await happen(process, work, 'answered', true)
    }
    watch.fail(19, `${process.name} is still at work after ${RUN_STEPS_MAX} steps`)
  }

  function publish(kind: EventKind, people: readonly string[], contradicted?: PublishedEvent): PublishedEvent {
    const id = contradicted?.id ?? `e${new Set(events.map((event) => event.id)).size + 1}`
    const content = buildEvent(kind, id, people, time.nowMs())
    const value = JSON.stringify(contradicted ? { ...content, message: 'Another one.' } : content)
    const topic = eventsTopic(laneOf(EVENT_KINDS[kind].notificationPriority))
    const event = { kind, id, people, topic, value, isConflicting: contradicted !== undefined }
    events.push(event)
    log.append(topic, id, value, TENANT)
    watch.tell(() => `   it is ${id}`)
    return event
  }

  async function stop(request: StopRequest): Promise<readonly StopAnswer[]> {
    const api = fleet.get('api A')?.process
    if (!api) return []
    await database.setNow(time.nowMs())
    const stopping = api.stores.stops.stopNotification(request)
    const work = api.listWork().at(-1)
    if (work) await happen(api, work, 'answered')
    const stopped = await stopping
    for (const { id, answer } of stopped?.deliveries ?? []) watch.onStopAnswered(id, answer)
    return stopped?.deliveries.map(({ answer }) => answer) ?? []
  }

  return {
    database,
    log,
    provider,
    events,
    /** Processes that ended by themselves, and why. */
    deaths,
    watch,
    nowMs: time.nowMs,
    open,
    listProcesses,
    happen,
    run,
    end,
    publish,
    stop,
    publishAgain: (event: PublishedEvent) => void log.append(event.topic, event.id, event.value, TENANT),
    read(eventId: string, userId: string): void {
      log.append(READ_TOPIC, userId, JSON.stringify({ notificationId: eventId, userId }), TENANT)
    },
    async switchMail(userId: string, isOff: boolean): Promise<void> {
      const person = PEOPLE.find((one) => one.id === userId)
      if (person) await database.savePerson({ ...person, preferences: isOff ? { email: false } : {} })
      watch.onMail(userId, isOff)
    },
    notificationIdOf: (event: PublishedEvent, person: string) =>
      deriveNotificationId(TENANT, readName(event) ?? event.id, person),
    async pass(ms: number): Promise<void> {
      time.advance(ms)
      watch.noteMoved()
      await database.setNow(time.nowMs())
      await letRun()
      await restartDead()
    },
    async answer(index: number, answer: ProviderAnswer): Promise<void> {
      const open = provider.listOpen()
      const handOver = open[index % open.length]
      if (!handOver) return
      watch.tell(() => `the provider: ${answer}, for ${watch.nameOf(handOver.message.deliveryId)}`)
      provider.answer(handOver, answer)
      watch.noteMoved()
      await letRun()
      await watch.afterStep()
      await restartDead()
    },
    begin(index: number): void {
      const waiting = provider.listOpen().filter((one) => one.state === 'waiting')
      const handOver = waiting[index % waiting.length]
      if (handOver) provider.begin(handOver)
    },
    /** Its twin takes the topics over while the old owner works on with what it holds. */
    rebalance(kind: ProcessKind, twin: number): void {
      fleet.get(`${kind} ${'AB'[twin]}`)?.take(TOPICS_OF[kind])
    },
    /** Those that stand still. */
    frozen,
    /** What it had asked for happens all the same; it reads the answers when it goes on. */
    async freeze(process: FleetProcess): Promise<void> {
      watch.tell(() => `${process.name} stands still`)
      for (const work of process.listWork()) if (work.askedAtMs > 0) await happen(process, work, 'held')
      frozen.add(process.name)
      const kind = fleet.get(process.name)?.kind
      if (kind) fleet.get(`${kind} ${process.name.endsWith('A') ? 'B' : 'A'}`)?.take(TOPICS_OF[kind])
    },
    rewind(topic: string): void {
      log.rewind(topic)
      const kind = KINDS.find((one) => TOPICS_OF[one].includes(topic))
      if (kind) fleet.get(`${kind} A`)?.take([topic])
    },
    /** Whether any of its records is young enough. */
    mayPlan(eventId: string): boolean {
      const topics = new Set(events.filter((event) => event.id === eventId).map((event) => event.topic))
      const records = [...topics].flatMap((topic) => log.readAll(topic)).filter((record) => record.key === eventId)
      return records.some((record) => record.timestampMs >= time.nowMs() - ROUTING.planMaxAgeMs)
    },
    listOutcomes: () => log.readAll(OUTCOMES_TOPIC).map(({ value }) => JSON.parse(value) as { readonly id: string }),
    close(): void {
      for (const process of listProcesses()) process.kill()
    },
  }
}

const TOLD: Readonly<Record<How, string>> = {
  answered: '',
  lost: 'but the connection breaks before the answer',
  held: 'and the process stands still before it reads the answer',
  refused: 'but nobody is there',
  killed: 'and the process is killed right after',
}

function readName({ kind }: PublishedEvent): string | undefined {
  const content = EVENT_KINDS[kind]
  return 'notificationId' in content ? content.notificationId : undefined
}
