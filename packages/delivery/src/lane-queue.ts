import type { ChannelRecord } from '@carillon/contracts'
import type { PreparedDelivery } from './prepare-deliveries.ts'

/** One wake-up, from its record to the moment when its row says what happened. */
export interface Ticket {
  readonly id: string
  readonly done: () => void
  readonly giveUp: (reason: Error) => void
}

export interface ReadyTicket {
  readonly ticket: Ticket
  readonly prepared: PreparedDelivery
  readonly preparedAtMs: number
}

/** The wake-ups of one lane: first bare ids that wait, then rows that were read and may be claimed while fresh. */
export interface LaneQueue {
  /** Resolves when every one of them is done. */
  add(records: readonly ChannelRecord[]): Promise<void>
  takeWaiting(count: number): readonly Ticket[]
  addReady(ready: readonly ReadyTicket[]): void
  /** At most `count` that were read since `freshSinceMs`; older ones wait again, in front, to be read again. */
  takeReady(count: number, freshSinceMs: number): readonly ReadyTicket[]
  abandon(reason: Error): void
  countWaiting(): number
  countReady(): number
}

export function createLaneQueue(): LaneQueue {
  let waiting: Ticket[] = []
  let ready: ReadyTicket[] = []

  return {
    add(records) {
      const tickets = records.map(
        ({ deliveryId: id }) => new Promise<void>((done, giveUp) => waiting.push({ id, done, giveUp })),
      )
      return Promise.all(tickets).then(() => undefined)
    },
    takeWaiting: (count) => waiting.splice(0, count),
    addReady(more) {
      ready.push(...more)
    },
    takeReady(count, freshSinceMs) {
      if (count <= 0) return []
      const stale = ready.filter((one) => one.preparedAtMs < freshSinceMs)
      if (stale.length > 0) {
        ready = ready.filter((one) => one.preparedAtMs >= freshSinceMs)
        waiting = [...stale.map((one) => one.ticket), ...waiting]
      }
      return ready.splice(0, count)
    },
    abandon(reason) {
      for (const ticket of [...ready.map((one) => one.ticket), ...waiting]) ticket.giveUp(reason)
      ready = []
      waiting = []
    },
    countWaiting: () => waiting.length,
    countReady: () => ready.length,
  }
}
