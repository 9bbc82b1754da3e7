import type { Random } from '../fleet/random.ts'

export interface Target {
  readonly api: string
  readonly apiKey: string
}

export interface Posted {
  /** How many mails each accepted event must become. */
  readonly accepted: Map<string, number>
  /** Tries without a 202, each repeated with the same key. */
  readonly unanswered: Map<string, number>
  readonly refused: string[]
}

export interface Posting {
  readonly posted: Posted
  /** Where the API is now; nothing while there is none. */
  aim(target: Target | undefined): void
  /** Ends when every event that was begun has its 202. */
  finish(): Promise<void>
}

const POSTERS = 6
const PAUSE_MS_MAX = 30
const ANSWER_MS_MAX = 5_000

/** Services that post all the while, and repeat what was not answered with the same Idempotency-Key. */
export function startPosting(random: Random): Posting {
  const posted: Posted = { accepted: new Map(), unanswered: new Map(), refused: [] }
  let target: Target | undefined
  let isOver = false
  let count = 0

  async function tryToPost(key: string, body: object): Promise<string> {
    if (target === undefined) return 'not up'
    try {
      const response = await fetch(`${target.api}/api/notifications`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${target.apiKey}`,
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      })
      const answer: { eventId?: string } = JSON.parse(await response.text())
      return response.status === 202 && answer.eventId !== undefined ? answer.eventId : String(response.status)
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : 'no answer'
    }
  }

  async function postUntilAccepted(own: Random): Promise<void> {
    const key = `key-${count++}`
    const { body, mails } = buildEvent(key, own)
    for (;;) {
      const answer = await tryToPost(key, body)
      if (answer.startsWith('evt_')) return void posted.accepted.set(answer, mails)
      if (/^4/.test(answer)) return void posted.refused.push(`${key}: ${answer}`)
      if (answer !== 'not up') posted.unanswered.set(answer, (posted.unanswered.get(answer) ?? 0) + 1)
      await Bun.sleep(20)
    }
  }

  async function post(own: Random): Promise<void> {
    while (!isOver) {
      await postUntilAccepted(own)
      await Bun.sleep(own.below(PAUSE_MS_MAX))
    }
  }

  const posters = Array.from({ length: POSTERS }, (_, index) => post(random.fork(`poster ${index}`)))
  return {
    posted,
    aim(found) {
      target = found
    },
    async finish() {
      isOver = true
      await Promise.all(posters)
    },
  }
}

function buildEvent(key: string, random: Random): { body: object; mails: number } {
  const mails = random.pick([1, 1, 1, 3])
  const recipients = Array.from({ length: mails }, (_, index) => ({ email: `${key}-${index}@example.com` }))
  const priority = random.pick(['NORMAL', 'NORMAL', 'HIGH'])
  return {
    body: { type: 'PROOF', title: key, message: 'posted while kills go on', priority, recipients, channels: ['EMAIL'] },
    mails,
  }
}
