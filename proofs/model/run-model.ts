import fc from 'fast-check'
import { listCommands } from './commands/list-commands.ts'
import { BrokenPromise, type PromiseNumber } from './invariants/promises.ts'
import { createWatch } from './invariants/watch.ts'
import type { Database } from './stores.ts'
import { settle } from './world/settle.ts'
import { installVirtualTime } from './world/virtual-time.ts'
import { createWorld, type World } from './world/world.ts'

const START_MS = Date.parse('2026-03-02T08:00:00Z')
const COMMANDS_MAX = 60
const SEQUENCES_A_ROUND = 100
// Neighbouring seeds share no round.
const SEED_STRIDE = 7_919

export interface ModelOptions extends Setting {
  readonly seed: number
  readonly sequences: number
  /** Real time after which no further round begins. */
  readonly limitMs: number
}

export interface Setting {
  readonly openDatabase: (startMs: number) => Promise<Database>
  readonly ignored?: ReadonlySet<PromiseNumber>
}

export type Commands = Iterable<fc.AsyncCommand<World, World>>

export interface ModelRun {
  readonly sequences: number
  readonly counts: ReadonlyMap<string, number>
  readonly failure: ModelFailure | null
}

export interface ModelFailure {
  /** The shortest that were found. */
  readonly commands: Commands
  readonly error: unknown
}

/** Sequences of commands, each from nothing to the end of all deliveries. */
export async function runModel({ seed, sequences, limitMs, ...setting }: ModelOptions): Promise<ModelRun> {
  const counts = new Map<string, number>()
  const count = (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1)
  const untilMs = performance.now() + limitMs
  const property = fc.asyncProperty(listCommands(COMMANDS_MAX, count), (commands) =>
    runSequence(commands, setting, { count }),
  )
  let run = 0
  for (let round = 0; run < sequences && performance.now() < untilMs; round++) {
    const numRuns = Math.min(SEQUENCES_A_ROUND, sequences - run)
    const details = await fc.check(property, { numRuns, seed: seed * SEED_STRIDE + round })
    run += details.numRuns
    const [commands] = details.counterexample ?? []
    if (details.failed && commands)
      return { sequences: run, counts, failure: { commands, error: details.errorInstance } }
  }
  return { sequences: run, counts, failure: null }
}

/** What a sequence breaks, elsewhere or told; nothing where it holds. */
export async function replay(
  commands: Commands,
  setting: Setting,
  tell?: (line: string) => void,
): Promise<BrokenPromise | null> {
  try {
    await runSequence(commands, setting, { count: () => undefined, ...(tell && { tell }) })
    return null
  } catch (error) {
    if (error instanceof BrokenPromise) return error
    throw error
  }
}

export async function tellStory({ commands }: ModelFailure, setting: Setting): Promise<string> {
  const lines: string[] = []
  const broken = await replay(commands, setting, (line) => void lines.push(line))
  return [...lines, broken?.message ?? '(told again, it holds)'].join('\n')
}

interface Listener {
  readonly count: (what: string) => void
  readonly tell?: (line: string) => void
}

async function runSequence(commands: Commands, { openDatabase, ignored }: Setting, listener: Listener): Promise<void> {
  const time = installVirtualTime(START_MS)
  let world: World | undefined
  try {
    const database = await openDatabase(START_MS)
    const watch = createWatch({
      database,
      nowMs: time.nowMs,
      handOversOf: (id) => world?.provider.listOf(id) ?? [],
      mayPlan: (eventId) => world?.mayPlan(eventId) ?? false,
      ...listener,
      ...(ignored && { ignored }),
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
