/**
 * What a publish was acknowledged with. Usually it is the whole dispatch and replaces its parts; when only some ids were
 * published again, the others stay in their parts: a row that no part names is minded by nobody.
 */
export const RECORD_PUBLISHED = {
  name: 'record-published',
  text: `WITH u AS MATERIALIZED (
  SELECT w.id, u.parts AS published, w.parts AS known
  FROM unnest($1::uuid[], $2::json[]) u(id, parts) JOIN "Dispatch" w ON w.id = u.id
  ORDER BY w.id FOR NO KEY UPDATE OF w),
c AS (
  SELECT u.*, (SELECT sum(json_array_length(p->'ids')) FROM json_array_elements(published) p) AS "publishedCount",
    (SELECT sum(json_array_length(p->'ids')) FROM json_array_elements(known) p) AS "knownCount"
  FROM u),
m AS (
  SELECT c.id, CASE WHEN "publishedCount" >= "knownCount" THEN published ELSE (
    SELECT json_agg(part) FROM (
      SELECT json_build_object('partition', k->'partition', 'lastOffset', k->'lastOffset', 'ids', kept.ids)
      FROM json_array_elements(known) k, LATERAL (
        SELECT json_agg(id) AS ids FROM (
          SELECT json_array_elements_text(k->'ids')
          EXCEPT SELECT json_array_elements_text(p->'ids') FROM json_array_elements(published) p) e(id)) kept
      WHERE kept.ids IS NOT NULL
      UNION ALL SELECT json_array_elements(published)) parts(part)) END AS parts
  FROM c)
UPDATE "Dispatch" w SET parts = m.parts FROM m WHERE w.id = m.id`,
}
