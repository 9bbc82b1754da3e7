/** What operators and workers set, and the router reads. */

export const SAVE_CHANNEL_STATUS = {
  name: 'save-channel-status',
  text: `INSERT INTO "ChannelStatus"(channel, providers, simulated, stopped) VALUES ($1, $2::jsonb, $3, $4)
ON CONFLICT (channel) DO UPDATE SET providers = excluded.providers, simulated = excluded.simulated,
  stopped = excluded.stopped, "updatedAt" = now()`,
}

/** A channel without a worker has no row, and gets none: the router would plan for it. */
export const PAUSE_CHANNEL = {
  name: 'pause-channel',
  text: `UPDATE "ChannelStatus" SET paused = $2 WHERE channel = $1 RETURNING channel`,
}

export const READ_CHANNEL_STATUSES = {
  name: 'read-channel-statuses',
  text: `SELECT channel, providers, simulated, paused, stopped, "updatedAt" FROM "ChannelStatus" ORDER BY channel`,
}

export const SAVE_CATEGORY = {
  name: 'save-category',
  text: `INSERT INTO "Category"("tenantId", code, "mandatoryChannels", "defaultChannels", ladder, preferences,
  "usefulSeconds", "atMostOnce")
VALUES ($1, $2, $3::text[], $4::text[], $5::jsonb, $6::jsonb, $7::int, $8)
ON CONFLICT ("tenantId", code) DO UPDATE SET "mandatoryChannels" = excluded."mandatoryChannels",
  "defaultChannels" = excluded."defaultChannels", ladder = excluded.ladder, preferences = excluded.preferences,
  "usefulSeconds" = excluded."usefulSeconds", "atMostOnce" = excluded."atMostOnce"`,
}

export const SAVE_TENANT = {
  name: 'save-tenant',
  text: `INSERT INTO "Tenant"(id, name, "timeZone", locale, settings) VALUES ($1, $2, $3, $4, $5::jsonb)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, "timeZone" = excluded."timeZone", locale = excluded.locale,
  settings = "Tenant".settings - ARRAY['ladder', 'preferences'] || excluded.settings`,
}
