import type { StoredDelivery } from '../memory-store/rows.ts'
import { attemptOf, type Change, FINAL, isStopped, type Scene } from './snapshot.ts'

// Written out from the table of states in docs/delivery.md, not taken from the stores.
const TABLE: Readonly<Record<string, string>> = {
  SCHEDULED: 'PENDING CANCELLED EXPIRED SUPPRESSED SENT FAILED DELIVERED',
  PENDING: 'SENDING CANCELLED EXPIRED SCHEDULED SUPPRESSED SENT FAILED DELIVERED',
  SENDING: 'SENT FAILED SCHEDULED CANCELLED EXPIRED UNKNOWN DELIVERED',
  UNKNOWN: 'SENT DELIVERED SCHEDULED FAILED CANCELLED EXPIRED',
  SENT: 'DELIVERED FAILED',
}
const BIRTHS = 'PENDING SCHEDULED SUPPRESSED EXPIRED CANCELLED'

/** What one step did to a row: promises 2, 3, 6, 7 and 10. */
export function checkChange(change: Change, scene: Scene): void {
  const { before, after } = change
  if (!before) {
    checkBirth(after, scene)
    return
  }
  checkMove(before, after, scene)
  checkResend(before, after, scene)
  if (before.status !== 'SENDING' && after.status === 'SENDING') checkClaim(before, after, scene)
  else if (before.status === 'SENDING' && after.status !== 'SENDING') checkAnswer(after, scene)
  if (after.fence !== before.fence && after.status !== 'SENDING')
    scene.fail(10, `${scene.nameOf(after.id)} has fence ${after.fence} without a claim`)
}

function checkBirth({ id, status, channel, fence }: StoredDelivery, { fail, nameOf }: Scene): void {
  const isKnown = BIRTHS.split(' ').includes(status) || (status === 'DELIVERED' && channel === 'IN_APP')
  if (!isKnown || fence !== 0) fail(3, `${nameOf(id)} is born ${status} with fence ${fence}`)
}

function checkMove(before: StoredDelivery, after: StoredDelivery, { fail, nameOf }: Scene): void {
  const move = `${nameOf(after.id)} moves from ${before.status} to ${after.status}`
  if (before.status !== after.status) {
    if (FINAL.has(before.status)) fail(2, move)
    if (!TABLE[before.status]?.split(' ').includes(after.status)) fail(3, move)
  } else if (FINAL.has(before.status)) {
    // The clock's own mark is all that may still change.
    const isSame = before.reason === after.reason && before.possiblySent === after.possiblySent
    if (!isSame || before.provider !== after.provider) fail(2, `${nameOf(after.id)} is ${after.status} and changes`)
  }
  if (before.possiblySent && !after.possiblySent) fail(5, `${nameOf(after.id)} takes its possiblySent back`)
}

const RESENDS: Readonly<Record<string, number>> = { EMAIL: 2, SMS: 1, WHATSAPP: 1, PUSH: 3 }

function checkResend(before: StoredDelivery, after: StoredDelivery, { fail, nameOf }: Scene): void {
  if (after.resends === before.resends) return
  const isAllowed = before.status === 'UNKNOWN' && after.status === 'SCHEDULED' && after.possiblySent
  const isWithin = after.resends === before.resends + 1 && after.resends <= (RESENDS[after.channel] ?? 0)
  if (!isAllowed || !isWithin || after.atMostOnce)
    fail(6, `${nameOf(after.id)} is resent for the ${after.resends}. time, from ${before.status}`)
}

/** Only the clock may take a row out of SENDING without an answer to the hand-over that the row stands for. */
function checkAnswer(after: StoredDelivery, { tables, fail, nameOf }: Scene): void {
  const answer = attemptOf(tables, after, after.fence)?.outcome ?? null
  if (answer === null && after.status !== 'UNKNOWN')
    fail(9, `${nameOf(after.id)} becomes ${after.status} while attempt ${after.fence} has no answer`)
}

function checkClaim(before: StoredDelivery, after: StoredDelivery, { tables, nowMs, fail, nameOf }: Scene): void {
  if (after.fence !== before.fence + 1) fail(10, `${nameOf(after.id)} is claimed with fence ${after.fence}`)
  if (after.stopRequestedAt !== null || isStopped(tables, after))
    fail(7, `${nameOf(after.id)} is claimed after its stop`)
  if (after.expiresAt <= nowMs) fail(7, `${nameOf(after.id)} is claimed after it expired`)
}
