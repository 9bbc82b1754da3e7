import { IS_NOT_WAITED_FOR, WITHOUT_WAITING } from './without-waiting.ts'

export const INSERT_OUTBOX = {
  name: 'insert-outbox',
  text: `INSERT INTO "Outbox"(id, topic, records) VALUES ($1::uuid, $2, $3::json)`,
}

/** Leased to one sweeper for as long as a row may rest before it is swept at all. */
export const TAKE_OUTBOX = {
  name: 'take-outbox',
  text: `WITH l AS MATERIALIZED (
  SELECT id FROM "Outbox"
  WHERE "createdAt" <= now() - make_interval(secs => $1)
    AND CASE WHEN "takenAt" IS NULL OR "takenAt" <= now() - make_interval(secs => $1) THEN true ELSE false END
  ORDER BY "createdAt" LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)
UPDATE "Outbox" o SET "takenAt" = now() FROM l WHERE o.id = l.id
RETURNING o.id, o.topic, o.records, o."createdAt"`,
}

/** Without waiting for the disk: a row that a crash of the server brings back is published again, under the same ids. */
export const DELETE_OUTBOX = {
  name: 'delete-outbox',
  text: `WITH ${WITHOUT_WAITING},
l AS MATERIALIZED (
  SELECT o.id FROM unnest($1::uuid[]) u(id) JOIN "Outbox" o ON o.id = u.id WHERE ${IS_NOT_WAITED_FOR} ORDER BY o.id FOR UPDATE OF o)
DELETE FROM "Outbox" o USING l WHERE o.id = l.id`,
}
