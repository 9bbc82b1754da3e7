import type { Channel } from '@carillon/contracts'

/** A place where a delivery may stand: a channel now, for BROADCAST (step 0), or a step of the frozen ladder. */
export interface Rung {
  readonly channel: Channel
  readonly step: number
  readonly afterSeconds: number
  /** Named by the event itself: gets a row even when it is not sent. */
  readonly wasAsked: boolean
  /** Asked for, but the ladder has no place for it. */
  readonly isOffLadder?: boolean
}
