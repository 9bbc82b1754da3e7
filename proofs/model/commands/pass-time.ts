import { type Command, listBusy } from './command.ts'

export function pass(ms: number): Command {
  return {
    name: 'time passes',
    text: `${ms / 1_000} s pass`,
    isPossible: () => true,
    happen: (world) => world.pass(ms),
  }
}

/** Time in which everything goes on that does not stand still or wait for the provider. */
export function goOn(rounds: number, eachMs: number): Command {
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
export function passDay(): Command {
  const isSaving = ({ what }: { readonly what: string }) => /save|loadFacts/.test(what)
  return {
    ...pass(26 * 3_600_000),
    isPossible: ({ listProcesses }) => !listProcesses().some((process) => process.listWork().some(isSaving)),
  }
}
