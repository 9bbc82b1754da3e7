import { type Lane, laneOf, prioritySchema } from '@carillon/contracts'

export interface UnreadableEvent {
  readonly tenantId: string
  /** Of the event, or of its schedule. */
  readonly id: string
  readonly error: unknown
}

/** It waits on, and is looked at again: the key that sealed it may come back. */
export type ReportUnreadable = (one: UnreadableEvent) => void

/** Those that can be opened; one that cannot, because its key was dropped too early, does not stand before the others. */
export function openEach<Row, Opened>(
  rows: readonly Row[],
  open: (row: Row) => Opened,
  onUnreadable: (row: Row, error: unknown) => void,
): Opened[] {
  return rows.flatMap((row) => {
    try {
      return [open(row)]
    } catch (error) {
      onUnreadable(row, error)
      return []
    }
  })
}

export function readLane({ notificationPriority }: Readonly<Record<string, unknown>>): Lane {
  return laneOf(prioritySchema.catch('MEDIUM').parse(notificationPriority))
}
