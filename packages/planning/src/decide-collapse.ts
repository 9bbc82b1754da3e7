import type { NotificationEvent } from '@carillon/contracts'
import type { Decision } from './plan.ts'

const REPLACES_OLDER: Decision = { channel: null, step: null, code: 'replaces_older' }

/** Once more (8): which older one is replaced is for the database to find, under its lock. */
export function decideCollapse({ collapseKey }: Pick<NotificationEvent, 'collapseKey'>): Decision | undefined {
  return collapseKey ? REPLACES_OLDER : undefined
}
