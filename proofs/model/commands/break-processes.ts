import { KINDS } from '../world/fleet.ts'
import { at, type Command, listBusy } from './command.ts'

export function crash(process: number, isTaken: boolean): Command {
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

export function rebalance(kind: number, twin: number): Command {
  const chosen = at(KINDS, kind) ?? 'worker'
  return {
    name: 'rebalance',
    text: `${chosen} ${'AB'[twin]} takes the topics over; its twin works on with what it holds`,
    isPossible: () => chosen !== 'api',
    happen: (world) => world.rebalance(chosen, twin),
  }
}

/** Stopped for longer than its session lasts, so that its twin takes over; it goes on later as if nothing had been. */
export function freeze(process: number): Command {
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
export function freezeAtClaim(process: number): Command {
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

export function thaw(): Command {
  return {
    name: 'thaw',
    text: 'what stood still goes on',
    isPossible: ({ frozen }) => frozen.size > 0,
    happen: ({ frozen }) => frozen.clear(),
  }
}
