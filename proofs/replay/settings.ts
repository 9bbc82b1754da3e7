import type { FleetStage } from '@carillon/testkit'
import { countPeople, personId } from './build-events.ts'

type Pool = FleetStage['pool']

/** Every third person wants no mail, every fourth none of one category, so that there is something to change. */
export async function saveSettings(pool: Pool): Promise<void> {
  const ids = Array.from({ length: countPeople() }, (_, number) => personId(number))
  const preferences = ids.map((_, number) =>
    JSON.stringify({
      email: number % 3 !== 0,
      categories: number % 4 === 0 ? { news: { enabled: false } } : {},
    }),
  )
  await pool.query(
    `INSERT INTO "User"("tenantId", id, email, roles, preferences)
     SELECT 'default', id, id || '@example.com', '{}', preferences FROM unnest($1::text[], $2::jsonb[]) u(id, preferences)`,
    [ids, preferences],
  )
  await saveCategory(pool, 'orders', ['EMAIL'], [{ channel: 'EMAIL', afterSeconds: 1 }])
  await saveCategory(pool, 'news', ['IN_APP', 'EMAIL'], null)
}

/** The opposite of everything: planned anew, hardly an event would come out as before. */
export async function changeSettings(pool: Pool): Promise<void> {
  await pool.query(`UPDATE "User" SET preferences = jsonb_build_object('email', NOT (preferences->>'email')::bool,
    'inApp', random() < 0.5, 'categories', jsonb_build_object('orders', jsonb_build_object('enabled', random() < 0.5)),
    'quietHours', jsonb_build_object('start', '00:00', 'end', '12:00'))`)
  const ladder = [0, 1, 2].map((afterSeconds) => ({ channel: 'EMAIL', afterSeconds }))
  await saveCategory(pool, 'orders', ['EMAIL', 'IN_APP'], ladder)
  await saveCategory(pool, 'news', ['EMAIL'], ladder)
  await saveCategory(pool, 'unheard-of', ['EMAIL'], ladder)
  await pool.query(`UPDATE "Tenant" SET settings = jsonb_build_object('ladder', $1::jsonb) WHERE id = 'default'`, [
    JSON.stringify(ladder),
  ])
}

async function saveCategory(pool: Pool, code: string, channels: string[], ladder: object[] | null): Promise<void> {
  await pool.query(
    `INSERT INTO "Category"("tenantId", code, "mandatoryChannels", "defaultChannels", ladder)
     VALUES ('default', $1, '{}', $2, $3::jsonb)
     ON CONFLICT ("tenantId", code) DO UPDATE SET "defaultChannels" = excluded."defaultChannels", ladder = excluded.ladder`,
    [code, channels, ladder && JSON.stringify(ladder)],
  )
}
