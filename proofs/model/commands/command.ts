import type { World } from '../world/world.ts'

/** What may happen, each with what it needs to be possible at all. Numbers pick among what there is when it happens. */
export interface Command {
  readonly name: string
  /** As the story tells it. */
  readonly text: string
  isPossible(world: World): boolean
  happen(world: World): Promise<void> | void
}

export function at<Item>(items: readonly Item[], index: number): Item | undefined {
  return items[index % Math.max(1, items.length)]
}

export function listBusy({ listProcesses, frozen }: World) {
  return listProcesses().filter((process) => !frozen.has(process.name) && process.listWork().length > 0)
}
