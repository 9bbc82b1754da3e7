export interface PeerMessage {
  readonly id: string
  readonly userId: string
  readonly email: string
  readonly title: string
  readonly body: string
}

const PEOPLE = 5_000

/** Their ids rise with time, as ours do, so that the indexes of either side grow at one end. */
export function buildMessages(count: number): PeerMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    id: Bun.randomUUIDv7(),
    userId: `user-${index % PEOPLE}`,
    email: `user-${index % PEOPLE}@example.com`,
    title: 'Your order is on its way',
    body: 'It left the house this morning.',
  }))
}
