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
  /** Those before `next` are taken; they are dropped by half the queue at a time, for each drop moves all that is left. */
  let waiting: Ticket[] = []
  let next = 0
  let ready: ReadyTicket[] = []

  function dropTaken(): void {
    waiting = waiting.slice(next)
    next = 0
  }

  return {
    add(records) {
      const { tickets, allDone } = createTickets(records)
      for (const ticket of tickets) waiting.push(ticket)
      return allDone
    },
    takeWaiting(count) {
      const tickets = waiting.slice(next, next + count)
      next += tickets.length
      if (2 * next >= waiting.length) dropTaken()
      return tickets
    },
    addReady(more) {
      ready.push(...more)
    },
    takeReady(count, freshSinceMs) {
      if (count <= 0) return []
      const stale = ready.filter((one) => one.preparedAtMs < freshSinceMs)
      if (stale.length > 0) {
        ready = ready.filter((one) => one.preparedAtMs >= freshSinceMs)
        dropTaken()
        waiting = [...stale.map((one) => one.ticket), ...waiting]
      }
      return ready.splice(0, count)
    },
    abandon(reason) {
      dropTaken()
      for (const ticket of [...ready.map((one) => one.ticket), ...waiting]) ticket.giveUp(reason)
      ready = []
      waiting = []
    },
    countWaiting: () => waiting.length - next,
    countReady: () => ready.length,
  }
}

/** They count down to one promise: one each would be half of what a wake-up costs here. */
function createTickets(records: readonly ChannelRecord[]) {
  const { promise: allDone, resolve, reject: giveUp } = Promise.withResolvers<void>()
  let open = records.length
  if (open === 0) resolve()
  const tickets = records.map(({ deliveryId: id }): Ticket => {
    let isDone = false
    function done(): void {
      // Counted twice, it would let an offset pass a row that still waits.
      if (isDone) return
      isDone = true
      open -= 1
      if (open === 0) resolve()
    }
    return { id, done, giveUp }
  })
  return { tickets, allDone }
}
