/** Guards of docs/delivery.md that this store can be told to leave out, so that it can be seen what each one is for. */
export const REMOVALS = {
  'D1 verdicts': 'a claim or fire passes over a row that may not go on, instead of ending it',
  'D2 fence': 'results are recorded whatever fence the row carries',
  'D2 statuses': 'results are recorded whatever status the row has',
  'D3 trigger': 'the trigger lets every move pass',
  'D6 sibling': 'a rung that ends leaves no dueAt, so the clock does not hear of it',
  'D6 born': 'a row that is added to a stopped notification is born as planned',
  'D7 no stub': 'a read of a notification that does not exist yet leaves nothing',
  'D7 no filling': 'the insert passes over a stub',
  'D12 outbox': 'outcomes are announced and not kept',
} as const

export type Removal = keyof typeof REMOVALS
