export interface PeerMessage {
  readonly id: string
  readonly userId: string
  readonly email: string
  readonly title: string
  readonly body: string
}

/** What such a service usually keeps of a message: enough to show it, and never to send it twice. */
export const PEER_TABLE = `CREATE TABLE peer_message(
  id uuid PRIMARY KEY, user_id text NOT NULL, email text NOT NULL, title text NOT NULL, body text NOT NULL,
  status text NOT NULL, provider_id text, created_at timestamptz NOT NULL DEFAULT now(), sent_at timestamptz);
CREATE INDEX ON peer_message(user_id, created_at DESC)`

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
