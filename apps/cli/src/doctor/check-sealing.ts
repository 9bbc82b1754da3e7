import { askPostgres } from './ask-postgres.ts'
import type { Finding } from './finding.ts'

const name = 'contacts'
/** As many of each are looked at: a look, and no reading of everything. */
const LOOKED_AT = 10_000

/** Contacts and tokens that rest in the clear: written before there were keys, or by a program of somebody else's. */
export async function checkSealing(url: string | undefined): Promise<Finding> {
  const rows = await askPostgres<{ looked: number; open: number }>(
    url,
    `SELECT count(*)::int AS looked, count(*) FILTER (WHERE NOT starts_with(value, 'c1.'))::int AS open FROM (
       (SELECT coalesce(email, phone) AS value FROM "User" LIMIT ${LOOKED_AT})
       UNION ALL (SELECT token FROM "Device" LIMIT ${LOOKED_AT})) looked WHERE value IS NOT NULL`,
  )
  const [{ looked, open } = { looked: 0, open: 0 }] = rows ?? []
  if (looked === 0) return { name, state: 'not used', detail: 'no contact and no device is stored' }
  const detail = `${looked} people and devices looked at`
  if (open === 0) return { name, state: 'well', detail: `${detail}, all sealed` }
  const cause = `${open} of them rest in the clear`
  return { name, state: 'worth a look', detail, cause, cure: 'Run ./carillon reseal with the keys of the fleet.' }
}
