import fc from 'fast-check'
import { KIND_NAMES, PEOPLE } from '../catalogue.ts'
import type { How } from '../world/fleet-process.ts'
import { ANSWERS, type ProviderAnswer } from '../world/provider.ts'
import { letRun } from '../world/virtual-time.ts'
import type { World } from '../world/world.ts'
import { crash, freeze, freezeAtClaim, rebalance, thaw } from './break-processes.ts'
import { rewind, TOPICS, truncate } from './break-topics.ts'
import type { Command } from './command.ts'
import { answer, begin, run, runAll, step } from './let-go-on.ts'
import { goOn, pass, passDay } from './pass-time.ts'
import { publish, publishAgain } from './publish-events.ts'
import { readByTopic, stop, switchMail } from './stop-messages.ts'

const number = fc.nat(9)
const people = fc.constantFrom<readonly string[]>(['ann'], ['ann'], ['bob'], ['ann', 'bob'])
const person = fc.constantFrom(...PEOPLE.map((one) => one.id))
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
