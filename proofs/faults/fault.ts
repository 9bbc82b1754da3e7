import type { Random } from '../fleet/random.ts'
import type { FaultStage } from './open-fault-stage.ts'

/** Something that goes wrong while services post. Resolves when it is over; what it broke may still be mending. */
export interface Fault {
  readonly name: string
  /** Answers how many of it there were. */
  inject(stage: FaultStage, random: Random, quick: boolean): Promise<number>
}
