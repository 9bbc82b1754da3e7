import type { NotificationEvent } from '@carillon/contracts'

/** WAITING → RELEASING → RELEASED, or CANCELLED or REJECTED. CANCELLED is also where a released one ends by its key. */
export type HeldState = 'WAITING' | 'RELEASING' | 'RELEASED' | 'CANCELLED' | 'REJECTED'

export interface HeldEvent {
  readonly tenantId: string
  readonly eventId: string
  readonly state: HeldState
  readonly cancelKey: string | null
  readonly onSameKey: 'replace' | 'keep'
  readonly fingerprint: string
  readonly acceptedAt: Date
  /** When it was let go; its age counts from here. */
  readonly releasedAt: Date | null
  readonly reason: string | null
}

/** An event whose row decides whether it may be planned. */
export interface EventToHold {
  readonly tenantId: string
  readonly id: string
  readonly event: NotificationEvent
  readonly fingerprint: string
  readonly acceptedAt: Date
  readonly traceparent: string | null
}

export function mustWait({ sendAt, requiresApproval }: NotificationEvent, now: Date): boolean {
  return requiresApproval === true || (Boolean(sendAt) && Date.parse(sendAt ?? '') > now.getTime())
}
