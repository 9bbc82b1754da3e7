import type { Backbone, FleetTools } from '@carillon/backbone'
import { createRetention, type Loop, type LoopOptions, startLoop } from '@carillon/clock'
import { createIdempotencyStore, createRetentionStore } from '@carillon/store'
import type { EscalationConfig } from './config.ts'

export interface RetentionLoopOptions extends Omit<LoopOptions, 'work'> {
  readonly backbone: Backbone
  readonly config: EscalationConfig
  readonly log: FleetTools['log']
}

/** Deletes what nobody needs any more, a little at a time. */
export function startRetentionLoop({ backbone, config, log, decideRestMs, onFatal }: RetentionLoopOptions): Loop {
  const { pool } = backbone
  const { deleteOldKeys } = createIdempotencyStore({ pool })
  const policy = {
    doneDays: config.CARILLON_RETAIN_DONE_DAYS,
    failedDays: config.CARILLON_RETAIN_FAILED_DAYS,
    inboxDays: config.CARILLON_RETAIN_INBOX_DAYS,
    auditDays: config.CARILLON_RETAIN_AUDIT_DAYS,
  }
  const work = createRetention({ ...createRetentionStore({ pool }), deleteOldKeys }, policy, (deleted) =>
    log.info(deleted, 'rows.forgotten'),
  )
  return startLoop({ work, decideRestMs, onFatal })
}
