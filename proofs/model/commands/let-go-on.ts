import type { How } from '../world/fleet-process.ts'
import type { ProviderAnswer } from '../world/provider.ts'
import { at, type Command, listBusy } from './command.ts'

/** One thing that a process was about to do, or everything until it waits for somebody else. */
export function step(process: number, index: number, how: How): Command {
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

export function run(process: number, stepsMax: number): Command {
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

export function runAll(): Command {
  return {
    name: 'run all',
    text: 'every process goes on until it waits for the provider or for time',
    isPossible: (world) => listBusy(world).length > 0,
    async happen(world) {
      for (let round = 0; round < 2; round++) for (const process of listBusy(world)) await world.run(process)
    },
  }
}

export function answer(index: number, said: ProviderAnswer): Command {
  return {
    name: `provider: ${said}`,
    text: 'the provider answers',
    isPossible: ({ provider }) => provider.listOpen().length > 0,
    happen: (world) => world.answer(index, said),
  }
}

export function begin(index: number): Command {
  return {
    name: 'first byte',
    text: 'a first byte leaves for the provider',
    isPossible: ({ provider }) => provider.listOpen().some((one) => one.state === 'waiting'),
    happen: (world) => world.begin(index),
  }
}
