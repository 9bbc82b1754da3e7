import type { StoredDelivery } from '../memory-store/rows.ts'
import { TENANT } from '../stores.ts'
import { attemptOf, type Scene } from './snapshot.ts'

/** Since when something forbids sending, as the sequence made it so. */
export interface Refusals {
  /** By person: since when their e-mail is switched off; absent while it is on. */
  readonly mailOffSince: ReadonlyMap<string, number>
  readonly suppressedSince: Map<string, number>
}

/** A row is read again when it is older than this as it is claimed. */
const FRESH_MS = 1_000

/** Promise 13, of a row that was claimed by a statement that was sent at `askedAtMs`. */
export function checkWanted(row: StoredDelivery, refusals: Refusals, askedAtMs: number, scene: Scene): void {
  const { tables, fail, nameOf } = scene
  const lastReadAtMs = askedAtMs - FRESH_MS
  const offSince = row.channel === 'EMAIL' ? refusals.mailOffSince.get(row.recipientId) : undefined
  if (offSince !== undefined && offSince < lastReadAtMs)
    fail(13, `${nameOf(row.id)} is claimed, and had been switched off before it was last read`)
  const hash = attemptOf(tables, row, row.fence)?.addressHash ?? ''
  const suppressedSince = refusals.suppressedSince.get(`${TENANT}\n${row.channel}\n${hash}`)
  if (suppressedSince !== undefined && suppressedSince < lastReadAtMs)
    fail(13, `${nameOf(row.id)} is claimed, and its address had been suppressed before it was last read`)
}
