import { CACHES_INBOXES } from '@carillon/backbone'
import { askPostgres } from './ask-postgres.ts'
import type { Finding } from './finding.ts'

const name = 'inboxes'
const APPS = 'api|router|fanout|email|sms|push|escalation|receipts'

/** Each process forgets in Redis what it changes of an inbox; one that does not leaves others an old page. */
export async function checkInboxes(url: string | undefined): Promise<Finding> {
  const rows = await askPostgres<{ name: string; isCaching: boolean }>(
    url,
    `SELECT DISTINCT substring(application_name from '^carillon-([a-z]+)') AS name,
       application_name LIKE '%${CACHES_INBOXES}' AS "isCaching" FROM pg_stat_activity
     WHERE datname = current_database() AND application_name ~ '^carillon-(${APPS})([+]|$)' ORDER BY 1`,
  )
  const names = rows?.map((row) => row.name).join(', ')
  const forgetful = rows?.filter(({ isCaching }) => !isCaching).map((row) => row.name) ?? []
  if (!rows?.length) return { name, state: 'not used', detail: 'no process of the fleet is connected to Postgres' }
  if (forgetful.length === rows.length) return { name, state: 'not used', detail: 'NOTIFICATION_CACHE is off' }
  if (forgetful.length === 0) return { name, state: 'well', detail: `first pages in Redis, kept by ${names}` }
  const cause = `NOTIFICATION_CACHE is on elsewhere, and off in ${forgetful.join(', ')}: pages stay as they were before`
  const cure = 'Set NOTIFICATION_CACHE and REDIS_URL alike in every process, and start these again.'
  return { name, state: 'broken', detail: `kept by some of ${names}`, cause, cure }
}
