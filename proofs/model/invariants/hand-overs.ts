import type { StoredDelivery } from '../memory-store/rows.ts'
import type { HandOver } from '../world/provider.ts'
import { isEnded, type Scene } from './snapshot.ts'

/** The moment when the first byte leaves: promises 4, 5, 6 and 9. `others` are the delivery's other hand-overs. */
export function checkBegin(
  { message }: HandOver,
  row: StoredDelivery,
  others: readonly HandOver[],
  isCancelled: boolean,
  { nowMs, fail, nameOf }: Scene,
): void {
  const { deliveryId, attempt } = message
  const what = `${nameOf(deliveryId)} is handed over (attempt ${attempt})`
  if (isCancelled) fail(4, `${what} after \`cancelled\` was answered`)
  // Not known to have been refused: the provider has it, or may still take it.
  const open = others.filter((other) => other.state === 'accepted' || other.state === 'begun')
  if (open.length > 0 && !row.possiblySent) fail(5, `${what} again, and does not say possiblySent`)
  if (open.length > row.resends) fail(6, `${what} for the ${open.length + 1}. time, with ${row.resends} resends`)
  if (row.fence !== attempt || row.status !== 'SENDING' || (row.leaseUntil ?? 0) <= nowMs)
    fail(9, `${what}, but the row is ${row.status} with fence ${row.fence}`)
}

/** Promise 11, of a row at its end. */
export function checkTruth(row: StoredDelivery, handOvers: readonly HandOver[], { fail, nameOf, tables }: Scene): void {
  if (!isEnded(row.status) || row.channel === 'IN_APP') return
  const attempts = [...tables.attempts.values()].filter((attempt) => attempt.deliveryId === row.id)
  const accepted = attempts.filter((attempt) => attempt.outcome === 'accepted').length
  const taken = handOvers.filter((one) => one.state === 'accepted').length
  const open = handOvers.filter((one) => one.state === 'begun').length
  const name = `${nameOf(row.id)} is ${row.status}`
  if (row.status === 'SENT') {
    if (accepted < 1 || taken < 1) fail(11, `${name}, with ${accepted} accepted attempts; the provider took ${taken}`)
    if (!row.possiblySent && (accepted > 1 || taken > 1)) fail(11, `${name}, and the provider took ${taken}`)
  } else if (!row.possiblySent && taken + open > 0) fail(11, `${name}, and the provider took ${taken + open}`)
}
