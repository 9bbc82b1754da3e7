import type {
  Channel,
  DeliveryStatus,
  DeliveryStatusAnswer,
  EventState,
  EventStatus,
  Priority,
  Strategy,
} from '@carillon/contracts'
import type { StatusReader } from '@carillon/http-api'
import type { Pool } from 'pg'
import { listNotificationIds, type ReadEventTime } from '../notification-names.ts'
import { runStatement } from '../run-statement.ts'
import { READ_DELIVERY_STATUS, READ_EVENT_STATUS } from '../sql/status.ts'
import { repeatConflicts } from '../transaction.ts'

export interface StatusReaderPorts {
  readonly pool: Pool
  readonly readEventTime: ReadEventTime
}

export function createStatusReader({ pool, readEventTime }: StatusReaderPorts): StatusReader {
  return {
    async readDeliveryStatus(name) {
      const values = [listNotificationIds(name, readEventTime), name.tenantId, name.userId ?? null]
      const rows = await repeatConflicts('read a delivery status', () =>
        runStatement<StatusRow>(pool, READ_DELIVERY_STATUS, values),
      )
      return toDeliveryStatus(rows)
    },
    async readEventStatus(tenantId, eventId) {
      const [row] = await repeatConflicts('read an event status', () =>
        runStatement<EventRow>(pool, READ_EVENT_STATUS, [tenantId, eventId]),
      )
      return row && { ...row, acceptedAt: row.acceptedAt.toISOString() }
    },
  }
}

/** One row a delivery; a notification without any comes with a single empty one. */
interface StatusRow {
  readonly notificationId: string
  readonly message: string
  readonly read: boolean
  readonly strategy: Strategy
  readonly priority: Priority
  readonly createdAt: Date
  readonly id: string | null
  readonly channel: Channel
  readonly status: DeliveryStatus
  readonly attemptCount: number
  readonly scheduledFor: Date | null
  readonly deliveredAt: Date | null
  readonly reason: string | null
  readonly error: string | null
  readonly possiblySent: boolean
}

interface EventRow {
  readonly id: string
  readonly state: EventState
  readonly acceptedAt: Date
  readonly notifications: number
  readonly notificationIds: string[]
  readonly deliveries: EventStatus['deliveries']
  readonly fanout: EventStatus['fanout']
}

/** Ends that somebody asks about. Why a row waits, or was stopped in time, is no error: `explain` says it. */
const NOT_SENT: ReadonlySet<DeliveryStatus> = new Set(['FAILED', 'SUPPRESSED', 'EXPIRED'])

function toDeliveryStatus(rows: readonly StatusRow[]): DeliveryStatusAnswer | undefined {
  const [first] = rows
  if (first === undefined) return undefined
  const { notificationId, message, read, strategy, priority, createdAt } = first
  return {
    notification: {
      id: notificationId,
      message,
      read,
      deliveryStrategy: strategy,
      priority,
      createdAt: createdAt.toISOString(),
    },
    deliveries: rows.flatMap(({ id, channel, status, attemptCount, reason, error, possiblySent, ...times }) => {
      if (id === null) return []
      const scheduledFor = times.scheduledFor?.toISOString() ?? null
      const deliveredAt = times.deliveredAt?.toISOString() ?? null
      const why = NOT_SENT.has(status) || error !== null ? [reason, error].filter(Boolean).join(': ') || null : null
      return [{ id, channel, status, attemptCount, scheduledFor, deliveredAt, error: why, possiblySent }]
    }),
  }
}
