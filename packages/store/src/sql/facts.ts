const LAST_HOUR = `n."tenantId" = p."tenantId" AND n."recipientId" = p.id AND n."createdAt" > now() - interval '1 hour'`

/**
 * Everything that a batch is planned from, in one round trip. Nearly nobody is near a limit, so that of what a person had
 * in the last hour it is only asked whether there are as many rows as could matter ($8). Who is no user and had fewer is
 * left out.
 */
export const LOAD_FACTS = {
  name: 'load-facts',
  text: `SELECT now() AS now,
  (SELECT json_agg(json_build_array(p."tenantId", p.id, s."hadMany", u.id IS NOT NULL,
      CASE WHEN u.email IS NOT NULL THEN 'kept' END, CASE WHEN u.phone IS NOT NULL THEN 'kept' END, u.locale,
      u."timeZone", u.preferences, CASE WHEN u.id IS NOT NULL THEN (SELECT true FROM "Device" v
        WHERE v."tenantId" = p."tenantId" AND v."userId" = p.id LIMIT 1) END, e."erasedAt"))
   FROM unnest($1::text[], $2::text[]) p("tenantId", id)
   LEFT JOIN "User" u ON u."tenantId" = p."tenantId" AND u.id = p.id
   LEFT JOIN "Erasure" e ON e."tenantId" = p."tenantId" AND e."userId" = p.id
   CROSS JOIN LATERAL (
     SELECT EXISTS (SELECT FROM "Notification" n WHERE ${LAST_HOUR} OFFSET $8::int - 1) AS "hadMany") s
   WHERE u.id IS NOT NULL OR e."erasedAt" IS NOT NULL OR s."hadMany") AS people,
  (SELECT json_agg(json_build_array(c."tenantId", c.code, c."mandatoryChannels", c."defaultChannels", c.ladder,
      c.preferences, c."usefulSeconds", c."atMostOnce", c.digest))
   FROM unnest($3::text[], $4::text[]) k("tenantId", code)
   JOIN "Category" c ON c."tenantId" = k."tenantId" AND c.code = k.code) AS categories,
  (SELECT json_agg(json_build_array(t.id, t."timeZone", t.locale, t.settings->'ladder', t.settings->'preferences'))
   FROM unnest($5::text[]) k(id) JOIN "Tenant" t ON t.id = k.id) AS tenants,
  (SELECT json_agg(json_build_array(k.kind, k."tenantId", k.key, l.name, l.steps, l.experiment, o.steps))
   FROM (
     SELECT 'event' AS kind, e."tenantId", e.name AS key, e.name FROM unnest($6::text[], $7::text[]) e("tenantId", name)
     UNION ALL SELECT 'category', c."tenantId", c.code, c."ladderName" FROM unnest($3::text[], $4::text[]) k("tenantId", code)
       JOIN "Category" c ON c."tenantId" = k."tenantId" AND c.code = k.code
     UNION ALL SELECT 'tenant', t.id, '', t.settings->>'ladderName' FROM unnest($5::text[]) k(id)
       JOIN "Tenant" t ON t.id = k.id) k
   JOIN "Ladder" l ON l."tenantId" = k."tenantId" AND l.name = k.name
   LEFT JOIN "Ladder" o ON o."tenantId" = l."tenantId" AND o.name = l.experiment->>'ladder') AS ladders,
  (SELECT json_agg(s.channel) FROM "ChannelStatus" s) AS channels`,
}

/**
 * What was committed for each in the last hour. What is there of the batch's own events is left to planning, which counts
 * it once, redelivered or not. The bound keeps one flooded person from slowing everybody's batch.
 */
export const COUNT_SENT = {
  name: 'count-sent',
  text: `SELECT s.sent FROM unnest($1::text[], $2::text[]) WITH ORDINALITY p("tenantId", id, place)
CROSS JOIN LATERAL (
  SELECT count(*)::int AS sent FROM (
    SELECT FROM "Notification" n WHERE ${LAST_HOUR}
      AND CASE WHEN n."plannedAt" IS NOT NULL AND n."eventId" <> ALL ($3::text[]) THEN true ELSE false END
    LIMIT 10000) recent) s
ORDER BY p.place`,
}
