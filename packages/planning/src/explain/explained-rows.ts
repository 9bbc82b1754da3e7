import type { Channel, DeliveryStatus, LadderStep } from '@carillon/contracts'

/** What the rows of one notification say; times as ISO strings. */
export interface ExplainedRows {
  readonly notification: {
    readonly id: string
    readonly eventId: string | null
    readonly recipientId: string
    readonly category: string | null
    readonly priority: string | null
    readonly strategy: string | null
    readonly stopOn: string | null
    readonly ladder: readonly LadderStep[] | null
    readonly experiment: string | null
    readonly templateCode: string | null
    readonly templateVersion: number | null
    readonly decisions: readonly StoredDecision[] | null
    readonly acceptedAt: string | null
    readonly createdAt: string
    readonly seenAt: string | null
    readonly readAt: string | null
    readonly acknowledgedAt: string | null
    readonly cancelledAt: string | null
  }
  readonly deliveries: readonly ExplainedRow[]
  readonly attempts: readonly ExplainedAttempt[]
  readonly receipts: readonly ExplainedReceipt[]
  /** Those that it went into. */
  readonly digests: readonly ExplainedDigest[]
}

/** Rows may carry codes that an older version wrote; `at` stands where the clock decided, later than planning. */
export interface StoredDecision {
  readonly channel: Channel | null
  readonly step: number | null
  readonly code: string
  readonly detail?: string
  readonly at?: string
}

export interface ExplainedRow {
  readonly id: string
  readonly channel: Channel
  readonly step: number
  readonly replay: number
  readonly status: DeliveryStatus
  readonly reason: string | null
  readonly scheduledFor: string | null
  readonly attemptCount: number
  readonly possiblySent: boolean
  readonly deliveredAt: string | null
  readonly createdAt: string
}

export interface ExplainedAttempt {
  readonly deliveryId: string
  readonly number: number
  readonly provider: string | null
  readonly providerMessageId: string | null
  readonly outcome: string | null
  readonly reason: string | null
  readonly error: string | null
  readonly startedAt: string
  readonly endedAt: string | null
}

export interface ExplainedReceipt {
  readonly deliveryId: string
  readonly provider: string
  readonly kind: string
  readonly reason: string | null
  readonly receivedAt: string
}

/** A digest is a notification of its own, under the same id, once its window has ended. */
export interface ExplainedDigest {
  readonly id: string
  readonly channel: Channel
  readonly endsAt: string
  readonly closedAt: string | null
}
