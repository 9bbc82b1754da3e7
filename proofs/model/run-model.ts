import fc from 'fast-check'
import { listCommands } from './commands.ts'
import { createWatch } from './invariants/watch.ts'
import type { Database } from './stores.ts'
import { settle } from './world/settle.ts'
import { installVirtualTime } from './world/virtual-time.ts'
import { createWorld, type World } from './world/world.ts'

const START_MS = Date.parse('2026-03-02T08:00:00Z')
const COMMANDS_MAX = 60
const SEQUENCES_A_ROUND = 100

export interface ModelOptions {
  readonly seed: number
  readonly sequences: number
  /** Real time after which no further round begins. */
  readonly limitMs: number
  readonly openDatabase: (startMs: number) => Promise<Database>
}

export interface ModelRun {
  readonly sequences: number
  readonly counts: ReadonlyMap<string, number>
  /** The shortest sequence that was found to break a promise, told in prose. */
  readonly story: string | null
}

/** Sequences of commands, each from nothing to the end of all deliveries. */
export async function runModel({ seed, sequences, limitMs, openDatabase }: ModelOptions): Promise<ModelRun> {
  const counts = new Map<string, number>()
  const count = (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1)
  const untilMs = performance.now() + limitMs
  const property = fc.asyncProperty(listCommands(COMMANDS_MAX, count), (commands) =>
    runSequence(commands, { openDatabase, count }),
  )
  let run = 0
  for (let round = 0; run < sequences && performance.now() < untilMs; round++) {
    const numRuns = Math.min(SEQUENCES_A_ROUND, sequences - run)
    const details = await fc.check(property, { numRuns, seed: seed + round })
    run += details.numRuns
    const [commands] = details.counterexample ?? []
    if (details.failed && commands) return { sequences: run, counts, story: await tellStory(commands, openDatabase) }
  }
  return { sequences: run, counts, story: null }
}

type Commands = Iterable<fc.AsyncCommand<World, World>>

interface SequenceOptions {
  readonly openDatabase: ModelOptions['openDatabase']
  readonly count: (what: string) => void
  readonly tell?: (line: string) => void
}

async function runSequence(commands: Commands, { openDatabase, ...options }: SequenceOptions): Promise<void> {
  const time = installVirtualTime(START_MS)
  let world: World | undefined
  try {
    const database = await openDatabase(START_MS)
    const watch = createWatch({
      database,
      nowMs: time.nowMs,
      handOversOf: (id) => world?.provider.listOf(id) ?? [],
      mayPlan: (eventId) => world?.mayPlan(eventId) ?? false,
      ...options,
    })
    const opened = createWorld(database, time, watch)
    world = opened
    await opened.open()
    await fc.asyncModelRun(() => ({ model: opened, real: opened }), commands)
    await settle(opened)
  } finally {
    world?.close()
    time.restore()
  }
}

async function tellStory(commands: Commands, openDatabase: ModelOptions['openDatabase']): Promise<string> {
  const lines: string[] = []
  const tell = (line: string) => void lines.push(line)
  try {
    await runSequence(commands, { openDatabase, count: () => undefined, tell })
    lines.push('(told again, it does not fail)')
  } catch (error) {
    lines.push(error instanceof Error ? error.message : String(error))
  }
  return lines.join('\n')
}
