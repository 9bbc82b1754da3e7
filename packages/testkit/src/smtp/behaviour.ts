/**
 * What the fake server is told to do wrong, and where. A behaviour waits at one stage of the conversation until a
 * message (or connection) that it is meant for comes by; the oldest one that fits is used first.
 */

/**
 * In the order of a conversation. `body`: the first bytes of the message came; it can only be dropped there.
 * `dot`: all received, not yet in the accept log. `accepted`: logged, 250 not yet sent.
 */
export type Stage = 'greeting' | 'ehlo' | 'auth' | 'mail' | 'rcpt' | 'data' | 'body' | 'dot' | 'accepted'

export interface Behaviour {
  readonly at: Stage
  /** Only for this recipient; known from `rcpt` on. */
  readonly for?: string
  /** For the next so many that come by; for ever when absent. */
  readonly times?: number
  readonly delayMs?: number
  /** Waits at a barrier with this name until it is released. */
  readonly hold?: string
  /** One reply line, such as `550 5.1.1 no such user`, instead of the honest one (at `accepted`: a lie). 421 also hangs up. */
  readonly reply?: string
  /** Cuts the connection without an answer. */
  readonly drop?: boolean
}

export type Behaviours = ReturnType<typeof createBehaviours>

export function createBehaviours() {
  let waiting: { behaviour: Behaviour; left: number }[] = []
  return {
    add(behaviour: Behaviour) {
      waiting.push({ behaviour, left: behaviour.times ?? Number.POSITIVE_INFINITY })
    },
    clear() {
      waiting = []
    },
    take(at: Stage, recipients: readonly string[]): Behaviour | undefined {
      if (waiting.length === 0) return undefined
      const found = waiting.find(({ behaviour }) => behaviour.at === at && isMeantFor(behaviour, recipients))
      if (!found) return undefined
      found.left -= 1
      if (found.left <= 0) waiting = waiting.filter((other) => other !== found)
      return found.behaviour
    },
  }
}

function isMeantFor(behaviour: Behaviour, recipients: readonly string[]) {
  return behaviour.for === undefined || recipients.includes(behaviour.for)
}
