/**
 * What such a service has to keep to promise what we promise: an inbox that can be read, each message once, nobody who opted
 * out, a stop that is ordered against the send, a worker that dies and is found by its lease, and what the provider answered
 * to which attempt. In as few statements as it takes, and without what only we have (ladders, outcomes to others, sealing).
 */
export const PEER_TABLES = `CREATE TABLE peer_notification(
  id uuid PRIMARY KEY, user_id text NOT NULL, email text NOT NULL, title text NOT NULL, body text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON peer_notification(user_id, created_at DESC);
CREATE TABLE peer_delivery(
  id uuid PRIMARY KEY, notification_id uuid NOT NULL, channel text NOT NULL, status text NOT NULL,
  attempts int NOT NULL DEFAULT 0, lease_until timestamptz, sent_at timestamptz) WITH (fillfactor = 50);
CREATE INDEX ON peer_delivery(notification_id);
CREATE TABLE peer_attempt(
  delivery_id uuid, number int, outcome text, provider_id text, started_at timestamptz NOT NULL, ended_at timestamptz,
  PRIMARY KEY (delivery_id, number)) WITH (fillfactor = 50);
CREATE TABLE peer_opt_out(user_id text, channel text, PRIMARY KEY (user_id, channel))`

export const EMPTY_PEER_TABLES = 'TRUNCATE peer_notification, peer_delivery, peer_attempt'

const isOptedOut = (userId: string) =>
  `EXISTS (SELECT FROM peer_opt_out o WHERE o.user_id = ${userId} AND o.channel = 'EMAIL')`

export const INSERT = {
  name: 'insert',
  text: `WITH m AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) m(id, user_id, email, title, body)),
n AS (
  INSERT INTO peer_notification(id, user_id, email, title, body) SELECT * FROM m
  ON CONFLICT DO NOTHING RETURNING id, user_id)
INSERT INTO peer_delivery(id, notification_id, channel, status)
SELECT id, id, 'EMAIL', CASE WHEN ${isOptedOut('n.user_id')} THEN 'SUPPRESSED' ELSE 'PENDING' END FROM n`,
}

/** With what there is to send: only ids travel from stage to stage. */
export const CLAIM = {
  name: 'claim',
  text: `WITH d AS (
  UPDATE peer_delivery d SET status = CASE WHEN ${isOptedOut('n.user_id')} THEN 'SUPPRESSED' ELSE 'SENDING' END,
    attempts = attempts + 1, lease_until = now() + interval '1 minute'
  FROM peer_notification n
  WHERE d.id = ANY($1::uuid[]) AND (d.status = 'PENDING' OR d.status = 'SENDING' AND d.lease_until < now())
    AND n.id = d.notification_id
  RETURNING d.id, d.status, d.attempts AS number, n.email, n.title, n.body),
a AS (INSERT INTO peer_attempt(delivery_id, number, started_at) SELECT id, number, now() FROM d WHERE status = 'SENDING')
SELECT id, number, email, title, body FROM d WHERE status = 'SENDING'`,
}

export const RECORD = {
  name: 'record',
  text: `WITH r AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[]) r(id, number, provider_id)),
a AS (
  UPDATE peer_attempt a SET outcome = 'accepted', provider_id = r.provider_id, ended_at = now()
  FROM r WHERE a.delivery_id = r.id AND a.number = r.number)
UPDATE peer_delivery d SET status = 'SENT', sent_at = now(), lease_until = NULL
FROM r WHERE d.id = r.id AND d.attempts = r.number AND d.status = 'SENDING'`,
}
