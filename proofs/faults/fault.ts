import type { Random } from '../fleet/random.ts'
import type { FaultStage } from './open-fault-stage.ts'

/** What a fault's own messages show, beside those of the services that post all the while. */
export interface Injected {
  /** How many of it there were. */
  readonly count: number
  /** Promises that it saw broken, in words. */
  readonly broken: readonly string[]
}

/** Something that goes wrong while services post. Resolves when it is over; what it broke may still be mending. */
export interface Fault {
  readonly name: string
  /** Answers how many of it there were, where it has no messages of its own. */
  inject(stage: FaultStage, random: Random, quick: boolean): Promise<number | Injected>
}
