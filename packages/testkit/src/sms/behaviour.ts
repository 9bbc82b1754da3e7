/**
 * What a fake provider is told to do wrong, and where. A behaviour waits at one stage until a request (or connection)
 * that it is meant for comes by; the oldest one that fits is used first.
 */

/**
 * In the order of a request. `connect`: nothing was read. `headers`: the body was not read. `body`: all was read, nothing
 * accepted. `accepted`: it stands in the accept log, and the answer was not sent. `look_up`: somebody asks for messages.
 */
export type SmsStage = 'connect' | 'headers' | 'body' | 'accepted' | 'look_up'

export interface SmsBehaviour {
  readonly at: SmsStage
  /** Only for this number, in E.164; known from `body` on. */
  readonly for?: string
  /** For the next so many that come by; for ever when absent. */
  readonly times?: number
  readonly delayMs?: number
  /** Waits at a barrier with this name until it is released. */
  readonly hold?: string
  /** Resets the connection: before a byte of the answer, or in the middle of it. */
  readonly drop?: 'reset' | 'half'
  /** Answers so instead of honestly; at `accepted` that is a lie. */
  readonly answer?: WrongAnswer
  /** At `look_up`: messages that were accepted are not listed. */
  readonly hide?: boolean
}

export interface WrongAnswer {
  /** As the provider has it for `code`, when absent. */
  readonly status?: number
  /** The provider's own error code. */
  readonly code?: number | string
  readonly retryAfter?: string
  /** Where a redirect leads. */
  readonly location?: string
  /** Word for word, instead of the provider's error JSON. */
  readonly body?: string
}

export function createSmsBehaviours() {
  let waiting: { behaviour: SmsBehaviour; left: number }[] = []
  return {
    add(behaviour: SmsBehaviour) {
      waiting.push({ behaviour, left: behaviour.times ?? Number.POSITIVE_INFINITY })
    },
    clear() {
      waiting = []
    },
    take(at: SmsStage, phone?: string): SmsBehaviour | undefined {
      if (waiting.length === 0) return undefined
      const found = waiting.find(({ behaviour }) => behaviour.at === at && isMeantFor(behaviour, phone))
      if (!found) return undefined
      found.left -= 1
      if (found.left <= 0) waiting = waiting.filter((other) => other !== found)
      return found.behaviour
    },
  }
}

function isMeantFor(behaviour: SmsBehaviour, phone: string | undefined) {
  return behaviour.for === undefined || behaviour.for === phone
}
