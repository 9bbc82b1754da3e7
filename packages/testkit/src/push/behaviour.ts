/**
 * What a fake push service is told to do wrong, and where. A behaviour waits at one stage until a request that it is
 * meant for comes by; the oldest one that fits is used first.
 */

/**
 * In the order of a request. `sign_in`: somebody asks for an access token. `headers`: the body was not read. `received`:
 * all was read, nothing accepted. `accepted`: it stands in the accept log, and the answer was not sent.
 */
export type PushStage = 'sign_in' | 'headers' | 'received' | 'accepted'

export interface PushBehaviour {
  readonly at: PushStage
  /** Only for this registration token or subscription; known from `received` on. */
  readonly for?: string
  /** For the next so many that come by; for ever when absent. */
  readonly times?: number
  readonly delayMs?: number
  /** Waits at a barrier with this name until it is released. */
  readonly hold?: string
  readonly drop?: PushDrop
  /** Answers so instead of honestly; at `accepted` that is a lie. */
  readonly answer?: WrongPushAnswer
}

/**
 * `reset`: the connection. `end`: the connection, politely. `half`: in the middle of the answer. Of HTTP/2 alone:
 * `refuse_stream` and `goaway` say that the request was not looked at, `break_stream` says nothing.
 */
export type PushDrop = 'reset' | 'end' | 'half' | 'refuse_stream' | 'break_stream' | 'goaway'

export interface WrongPushAnswer {
  /** As the service has it for `code`, when absent. */
  readonly status?: number
  /** FCM's own error code, such as UNREGISTERED. */
  readonly code?: string
  /** The field that Google finds fault with, such as `message.token`. */
  readonly field?: string
  readonly retryAfter?: string
  /** Word for word. */
  readonly body?: string
}

export type PushBehaviours = ReturnType<typeof createPushBehaviours>

export function createPushBehaviours() {
  let waiting: { behaviour: PushBehaviour; left: number }[] = []
  return {
    add(behaviour: PushBehaviour) {
      waiting.push({ behaviour, left: behaviour.times ?? Number.POSITIVE_INFINITY })
    },
    clear() {
      waiting = []
    },
    take(at: PushStage, token?: string): PushBehaviour | undefined {
      const found = waiting.find(({ behaviour }) => behaviour.at === at && isMeantFor(behaviour, token))
      if (!found) return undefined
      found.left -= 1
      if (found.left <= 0) waiting = waiting.filter((other) => other !== found)
      return found.behaviour
    },
  }
}

function isMeantFor(behaviour: PushBehaviour, token: string | undefined) {
  return behaviour.for === undefined || behaviour.for === token
}
