import type { Channel, StopAnswer } from '@carillon/contracts'

/** Who wants which notification stopped, and why. Our id, or the producer's own name together with the person. */
export interface StopRequest {
  readonly kind: 'read' | 'cancel' | 'acknowledge'
  readonly tenantId: string
  readonly notificationId: string
  /** Absent for a service that cancels by our id. */
  readonly userId?: string
  readonly at?: Date
  /** Reads that came over Kafka publish none, and may come before their notification: then a stub waits for it. */
  readonly source: 'api' | 'kafka'
}

export interface Stopped {
  readonly notificationId: string
  readonly at: Date
  /** False when this very thing was said before. */
  readonly isChanged: boolean
  readonly deliveries: readonly StoppedDelivery[]
}

export interface StoppedDelivery {
  readonly id: string
  readonly channel: Channel
  readonly answer: StopAnswer
}

/**
 * One transaction of two statements under READ COMMITTED: first the Notification, then, with a fresh snapshot, its
 * deliveries. One statement for both would miss rows that a router is just committing. IN_APP is never handed over, so a
 * stop has nothing to say about it.
 */
export interface StopStore {
  stopNotification(request: StopRequest): Promise<Stopped | undefined>
  /** Several reads in one transaction, in id order. */
  stopNotifications(requests: readonly StopRequest[]): Promise<readonly (Stopped | undefined)[]>
}
