import type { LookUpResult } from '@carillon/delivery'
import type { ListedMessage, TwilioClient } from './twilio-client.ts'

/**
 * Whether Twilio has a message whose answer was lost.
 *
 * Its list gives back neither the StatusCallback nor anything else of ours but the text, so a message is known by its
 * number, its time and its text. The filter by DateSent is of no use: a message that still waits in Twilio's queue has no
 * such date and would be missed, and be sent twice. So the list is asked by number alone and the time compared here.
 *
 * - No message to that number at that time, and the list is complete: Twilio surely has none.
 * - Exactly one with this text: that is it.
 * - Several, or the text is not known to us, or the list is cut off: it cannot be told.
 */
export async function lookUpAtTwilio(
  client: TwilioClient,
  to: string,
  { startedAt, text }: { readonly startedAt: Date; readonly text?: string },
): Promise<LookUpResult> {
  const cannotTell = { found: 'cannot_tell', provider: 'twilio' } as const
  // A list that is asked too early may not show yet what was accepted.
  if (Date.now() - startedAt.getTime() < listedAfterMs) return { ...cannotTell, askAgain: true }
  const answer = await client.listMessages(to, limitMs)
  if (answer.kind !== 'listed') return { ...cannotTell, askAgain: true }
  const atThatTime = answer.messages.filter((message) => isAtThatTime(message, startedAt))
  const candidates = text === undefined ? atThatTime : atThatTime.filter(({ body }) => body.endsWith(text))
  const [only, ...more] = candidates
  if (only === undefined) return answer.isComplete ? { found: 'no', provider: 'twilio' } : cannotTell
  if (more.length > 0 || text === undefined) return cannotTell
  return { found: 'yes', provider: 'twilio', providerMessageId: only.sid }
}

const limitMs = 10_000
const listedAfterMs = 5_000
/** Twilio's clock and ours may differ, and its times have no fractions of a second. */
const clockSkewMs = 5_000
/** A message is handed over within two provider limits of its claim. */
const handOverMs = 120_000

function isAtThatTime({ direction, createdAt }: ListedMessage, startedAt: Date): boolean {
  const afterMs = createdAt.getTime() - startedAt.getTime()
  return direction.startsWith('outbound') && afterMs >= -clockSkewMs && afterMs <= handOverMs
}
