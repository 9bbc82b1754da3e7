import type { StopAnswer } from '@carillon/contracts'
import fc from 'fast-check'
import { type EventKind, KIND_NAMES, PEOPLE } from './catalogue.ts'
import { TENANT } from './stores.ts'
import { KINDS, TOPICS_OF } from './world/fleet.ts'
import type { How } from './world/fleet-process.ts'
import { ANSWERS, type ProviderAnswer } from './world/provider.ts'
import { letRun } from './world/virtual-time.ts'
import type { World } from './world/world.ts'

/** What may happen, each with what it needs to be possible at all. Numbers pick among what there is when it happens. */
interface Command {
  readonly name: string
  /** As the story tells it. */
  readonly text: string
  isPossible(world: World): boolean
  happen(world: World): Promise<void> | void
}

const TOPICS = KINDS.flatMap((kind) => TOPICS_OF[kind])
const number = fc.nat(9)
const people = fc.constantFrom<readonly string[]>(['ann'], ['ann'], ['bob'], ['ann', 'bob'])
const person = fc.constantFrom(...PEOPLE.map((one) => one.id))

function at<Item>(items: readonly Item[], index: number): Item | undefined {
  return items[index % Math.max(1, items.length)]
}

function listBusy({ listProcesses, frozen }: World) {
  return listProcesses().filter((process) => !frozen.has(process.name) && process.listWork().length > 0)
}

function publish(kind: EventKind, names: readonly string[]): Command {
  return {
    name: 'publish',
    text: `an event of kind “${kind}” for ${names.join(' and ')} is published`,
    isPossible: ({ events }) => events.length < 5,
    happen: ({ publish }) => void publish(kind, names),
  }
}

function publishAgain(index: number, isConflicting: boolean): Command {
  return {
    name: isConflicting ? 'publish other content' : 'publish again',
    text: isConflicting ? 'a producer uses an id again for another content' : 'a producer publishes an event again',
    isPossible: ({ events }) => events.length > 0 && events.length < 8,
    happen(world) {
      const event = at(world.events, index)
      if (!event) return
      if (isConflicting && !event.isConflicting) world.publish(event.kind, event.people, event)
      else world.publishAgain(event)
    },
  }
}

/** One thing that a process was about to do, or everything until it waits for somebody else. */
function step(process: number, index: number, how: How): Command {
  return {
    name: `step, ${how}`,
    text: 'a process does one thing',
    isPossible: (world) => listBusy(world).length > 0,
    async happen(world) {
      const chosen = at(listBusy(world), process)
      const work = at(chosen?.listWork() ?? [], index)
      if (chosen && work) await world.happen(chosen, work, how)
    },
  }
}

function run(process: number, stepsMax: number): Command {
  return {
    name: 'run',
    text: Number.isFinite(stepsMax)
      ? `a process does ${stepsMax} things`
      : 'a process goes on until it waits for somebody else',
    isPossible: (world) => listBusy(world).length > 0,
    async happen(world) {
      const chosen = at(listBusy(world), process)
      if (chosen) await world.run(chosen, stepsMax)
    },
  }
}

function runAll(): Command {
  return {
    name: 'run all',
    text: 'every process goes on until it waits for the provider or for time',
    isPossible: (world) => listBusy(world).length > 0,
    async happen(world) {
      for (let round = 0; round < 2; round++) for (const process of listBusy(world)) await world.run(process)
    },
  }
}

function answer(index: number, said: ProviderAnswer): Command {
  return {
    name: `provider: ${said}`,
    text: 'the provider answers',
    isPossible: ({ provider }) => provider.listOpen().length > 0,
    happen: (world) => world.answer(index, said),
  }
}

function begin(index: number): Command {
  return {
    name: 'first byte',
    text: 'a first byte leaves for the provider',
    isPossible: ({ provider }) => provider.listOpen().some((one) => one.state === 'waiting'),
    happen: (world) => world.begin(index),
  }
}

function crash(process: number, isTaken: boolean): Command {
  return {
    name: 'crash',
    text: `a process is killed${isTaken ? ', and the provider takes what had begun' : ''}`,
    isPossible: () => true,
    async happen(world) {
      const chosen = at(world.listProcesses(), process)
      if (!chosen) return
      world.watch.tell(() => `${chosen.name} is killed`)
      await world.end(chosen, isTaken)
    },
  }
}

function pass(ms: number): Command {
  return {
    name: 'time passes',
    text: `${ms / 1_000} s pass`,
    isPossible: () => true,
    happen: (world) => world.pass(ms),
  }
}

/** Time in which everything goes on that does not stand still or wait for the provider. */
function goOn(rounds: number, eachMs: number): Command {
  return {
    name: 'go on',
    text: `${(rounds * eachMs) / 1_000} s go by, and whatever can go on goes on`,
    isPossible: ({ events }) => events.length > 0,
    async happen(world) {
      for (let round = 0; round < rounds; round++) {
        await world.pass(eachMs)
        for (const process of listBusy(world)) await world.run(process)
      }
    },
  }
}

/**
 * Long enough that no event may be planned any more. A router judges an event's age as it reads the facts; that it then
 * stands still for a day is not what is tried here.
 */
function passDay(): Command {
  const isSaving = ({ what }: { readonly what: string }) => /save|loadFacts/.test(what)
  return {
    ...pass(26 * 3_600_000),
    isPossible: ({ listProcesses }) => !listProcesses().some((process) => process.listWork().some(isSaving)),
  }
}

function stop(kind: 'read' | 'cancel' | 'acknowledge', index: number, userId: string): Command {
  return {
    name: kind,
    text: `${userId} asks to ${kind} by the API`,
    isPossible: ({ events }) => events.length > 0,
    async happen(world): Promise<void> {
      const event = at(world.events, index)
      if (!event) return
      world.watch.tell(() => `${userId}: ${kind} ${event.id}`)
      const answers: readonly StopAnswer[] = await world.stop({
        kind,
        tenantId: TENANT,
        notificationId: world.notificationIdOf(event, userId),
        userId,
        source: 'api',
      })
      world.watch.tell(() => `   answered: ${answers.join(', ') || 'nothing to stop'}`)
    },
  }
}

/** Over Kafka, by a name; a number beyond the events names one that will only be published later. */
function readByTopic(index: number, userId: string): Command {
  return {
    name: 'read by topic',
    text: `a service says on notification.read that ${userId} read event e${index + 1}`,
    isPossible: () => true,
    happen: (world) => world.read(`e${index + 1}`, userId),
  }
}

function rebalance(kind: number, twin: number): Command {
  const chosen = at(KINDS, kind) ?? 'worker'
  return {
    name: 'rebalance',
    text: `${chosen} ${'AB'[twin]} takes the topics over; its twin works on with what it holds`,
    isPossible: () => chosen !== 'api',
    happen: (world) => world.rebalance(chosen, twin),
  }
}

/** Stopped for longer than its session lasts, so that its twin takes over; it goes on later as if nothing had been. */
function freeze(process: number): Command {
  return {
    name: 'freeze',
    text: 'a process stands still, and its twin takes its topics over',
    isPossible: ({ frozen }) => frozen.size === 0,
    async happen(world) {
      const sending = world.provider.listOpen().map((handOver) => handOver.process)
      const claiming = world.listProcesses().filter((one) => one.listWork().some(({ what }) => /^claim/.test(what)))
      // Rather one with a message in the air, or just about to have one.
      const preferred = claiming.length > 0 ? claiming : sending
      const chosen = at(preferred.length > 0 && process > 2 ? preferred : world.listProcesses(), process)
      if (chosen?.isAlive()) await world.freeze(chosen)
    },
  }
}

/** SIGSTOP between a claim's commit and its answer, which chance alone seldom finds. */
function freezeAtClaim(process: number): Command {
  return {
    name: 'freeze at a claim',
    text: 'a worker claims, stands still before it reads the answer, and its twin takes its topics over',
    isPossible: (world) => world.frozen.size === 0 && listBusy(world).some(({ name }) => name.startsWith('worker')),
    async happen(world) {
      const worker = at(
        listBusy(world).filter(({ name }) => name.startsWith('worker')),
        process,
      )
      for (let steps = 0; worker && steps < 12; steps++) {
        const claim = worker.listWork().find(({ what }) => what === 'claimDeliveries')
        if (claim) return world.freeze(worker)
        await world.run(worker, 1)
      }
    },
  }
}

function thaw(): Command {
  return {
    name: 'thaw',
    text: 'what stood still goes on',
    isPossible: ({ frozen }) => frozen.size > 0,
    happen: ({ frozen }) => frozen.clear(),
  }
}

function rewind(topic: number): Command {
  const chosen = at(TOPICS, topic) ?? ''
  return {
    name: 'replay a topic',
    text: `${chosen} is read again from its beginning`,
    isPossible: ({ log }) => (log.readPosition(chosen).committed ?? 0) > 0,
    happen: (world) => world.rewind(chosen),
  }
}

function truncate(topic: number): Command {
  const chosen = at(TOPICS_OF.worker, topic) ?? ''
  return {
    name: 'lose a topic',
    text: `what nobody has read of ${chosen} is lost`,
    isPossible: ({ log }) => log.readPosition(chosen).logEnd > log.readPosition(chosen).logStart,
    happen: ({ log }) => log.truncate(chosen),
  }
}

function switchMail(userId: string, isOff: boolean): Command {
  return {
    name: 'preferences',
    text: `${userId} switches e-mail ${isOff ? 'off' : 'on'}`,
    isPossible: () => true,
    happen: (world) => world.switchMail(userId, isOff),
  }
}

const ms = fc.constantFrom(200, 1_500, 3_100, 4_900, 6_000, 11_000, 31_000, 61_000, 130_000, 600_000, 3_600_000)
const how = fc.constantFrom<How>('answered', 'answered', 'answered', 'lost', 'held', 'refused', 'killed')
const steps = fc.constantFrom(Infinity, Infinity, 2, 3, 4, 5, 6)
const said = fc.oneof(
  { weight: 3, arbitrary: fc.constant<ProviderAnswer>('accepted') },
  { weight: 4, arbitrary: fc.constantFrom(...ANSWERS) },
)

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constantFrom(...KIND_NAMES), people).map((given) => publish(...given)) },
  { weight: 2, arbitrary: fc.tuple(number, fc.boolean()).map((given) => publishAgain(...given)) },
  { weight: 16, arbitrary: fc.constant(runAll()) },
  { weight: 14, arbitrary: fc.tuple(number, steps).map((given) => run(...given)) },
  { weight: 26, arbitrary: fc.tuple(number, number, how).map((given) => step(...given)) },
  { weight: 20, arbitrary: fc.tuple(number, said).map((given) => answer(...given)) },
  { weight: 4, arbitrary: number.map(begin) },
  { weight: 4, arbitrary: fc.tuple(number, fc.boolean()).map((given) => crash(...given)) },
  { weight: 13, arbitrary: ms.map(pass) },
  { weight: 1, arbitrary: fc.constant(passDay()) },
  {
    weight: 7,
    arbitrary: fc
      .constantFrom<readonly [number, number]>([3, 2_000], [3, 11_000], [5, 11_000], [3, 61_000])
      .map((given) => goOn(...given)),
  },
  {
    weight: 7,
    arbitrary: fc
      .tuple(fc.constantFrom('read' as const, 'cancel' as const, 'acknowledge' as const), number, person)
      .map((given) => stop(...given)),
  },
  { weight: 4, arbitrary: fc.tuple(fc.nat(3), person).map((given) => readByTopic(...given)) },
  { weight: 3, arbitrary: fc.tuple(fc.nat(2), fc.nat(1)).map((given) => rebalance(...given)) },
  { weight: 4, arbitrary: number.map(freeze) },
  { weight: 3, arbitrary: number.map(freezeAtClaim) },
  { weight: 3, arbitrary: fc.constant(thaw()) },
  { weight: 3, arbitrary: fc.nat(TOPICS.length - 1).map(rewind) },
  { weight: 1, arbitrary: fc.nat(3).map(truncate) },
  { weight: 3, arbitrary: fc.tuple(person, fc.boolean()).map((given) => switchMail(...given)) },
)

/** As fast-check runs them: it leaves out what is not possible, and shrinks what is left to the shortest story. */
export function listCommands(commandsMax: number, count: (what: string) => void) {
  const counted = command.map((one): fc.AsyncCommand<World, World> => {
    const { name, text } = one
    return {
      check: (world) => one.isPossible(world),
      async run(world) {
        count(name)
        world.watch.beginCommand(text)
        await one.happen(world)
        await letRun()
        await world.watch.afterStep()
      },
      toString: () => text,
    }
  })
  return fc.commands([counted], { maxCommands: commandsMax, size: 'max' })
}
