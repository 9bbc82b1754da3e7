import type { StopAnswer } from '@carillon/contracts'
import type { HeldState } from '@carillon/routing'

/** What people decide of events that wait, and of those that a key names. */
export interface HeldEvents {
  /** Undefined where there is none of this tenant; `isChanged` false where it was decided before. */
  approveEvent(tenantId: string, eventId: string, by: string): Promise<DecidedEvent | undefined>
  rejectEvent(tenantId: string, eventId: string, by: string): Promise<DecidedEvent | undefined>
  /** Also ends what was accepted under the key before now and has not arrived yet. */
  cancelKey(
    tenantId: string,
    cancelKey: string,
  ): Promise<{ readonly eventIds: readonly string[]; readonly stopped: Readonly<Record<StopAnswer, number>> }>
}

export interface DecidedEvent {
  readonly eventId: string
  readonly state: HeldState
  readonly releaseAt: Date | null
  readonly decidedAt: Date | null
  readonly decidedBy: string | null
  readonly isChanged: boolean
}
