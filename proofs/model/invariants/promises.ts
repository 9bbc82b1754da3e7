/** What must hold, numbered, in the words of the promise that each stands for. */
export const PROMISES = {
  1: 'Planned once: planning an event again adds no delivery.',
  2: 'A final row never moves again.',
  3: 'Every move is in the table of states, and the trigger never has to refuse one.',
  4: 'Stop is honest: each answer says what the row shows, and no hand-over begins after `cancelled` was answered.',
  5: 'A message is handed over again only after an outcome that cannot be known, and the delivery then says possiblySent.',
  6: 'It is handed over again at most maxResends times, and never in a category that is at most once.',
  7: 'Nothing that was stopped or has expired is claimed, and nothing that was stopped goes on waiting.',
  8: 'An escalation step fires once, in order, at its time or after a rung that failed, and never after a read that was committed before it.',
  9: 'A hand-over begins only under the lease that its own claim took.',
  10: 'Attempts are numbered by the fence, one a claim, and only their outcome changes.',
  11: 'What a row says at its end is what the provider did, or it says possiblySent.',
  12: 'Every open row has something that will look at it.',
  13: 'Preferences and suppressions count as they are when sending, not when planning.',
  14: 'An event older than planMaxAge is not planned.',
  15: 'A rung that failed or was suppressed makes the next one due.',
  16: 'One end: with a working provider every delivery ends in time, and nothing is left behind.',
  17: 'Accepted means durable: every event is planned for everybody, or put aside with a reason.',
  18: 'Every end is told, and nothing is told that did not happen.',
  19: 'Processes come to rest, and end only when they are killed.',
} as const

export type PromiseNumber = keyof typeof PROMISES

export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise'
  readonly number: PromiseNumber

  constructor(number: PromiseNumber, detail: string) {
    super(`promise ${number} is broken: ${detail}\n   “${PROMISES[number]}”`)
    this.number = number
  }
}
