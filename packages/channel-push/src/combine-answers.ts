import type { SendResult, Unavailable, Unknown } from '@carillon/delivery'
import type { DeviceAnswer, FailedAnswer, TakenAnswer } from './device-answer.ts'

export interface AnsweredDevice {
  readonly token: string
  readonly answer: DeviceAnswer
}

/**
 * One delivery, several devices. One that took it is enough. Otherwise an answer that was lost weighs more than one that
 * can be repeated, and that more than a refusal. Dead devices alone end it.
 */
export function combineAnswers(answered: readonly AnsweredDevice[]): SendResult {
  const failed = answered.flatMap(({ answer }) => (answer.outcome === 'accepted' ? [] : [answer]))
  const dead = answered.flatMap(({ token, answer }) => (answer.outcome === 'dead' ? [token] : []))
  const deadTokens = dead.length > 0 && { deadTokens: dead }
  const taken = answered.find(({ answer }) => answer.outcome === 'accepted')?.answer
  if (taken?.outcome === 'accepted') return { ...toAccepted(taken), ...deadTokens }
  const withOutcome = (outcome: FailedAnswer['outcome']) => failed.filter((answer) => answer.outcome === outcome)
  const [unknown] = withOutcome('unknown')
  if (unknown) return { ...toUnknown(unknown), ...deadTokens }
  const unavailable = withOutcome('unavailable')
  if (unavailable.length > 0)
    return { ...toUnavailable(unavailable, unavailable.length === answered.length), ...deadTokens }
  return { ...toRejected(withOutcome('refused'), withOutcome('dead')), ...deadTokens }
}

function toAccepted({ provider, messageId }: TakenAnswer) {
  return { outcome: 'accepted', provider, ...(messageId !== undefined && { providerMessageId: messageId }) } as const
}

function toUnknown({ provider, reason, error }: FailedAnswer): Unknown {
  return { outcome: 'unknown', provider, reason, error }
}

/** The channel stops only when none of the devices could be reached for any other cause. */
function toUnavailable(answers: readonly FailedAnswer[], isAll: boolean): Unavailable {
  const every = (is: (answer: FailedAnswer) => true | undefined) => isAll && answers.every(is)
  const waits = answers.flatMap(({ retryAfterMs }) => (retryAfterMs === undefined ? [] : [retryAfterMs]))
  const [worst] = answers.toSorted((one, other) => weigh(other) - weigh(one))
  if (!worst) throw new Error('combine the answers of devices: there are none')
  const { provider, reason, error } = worst
  return {
    ...{ outcome: 'unavailable', provider, reason, error },
    ...(waits.length > 0 && { retryAfterMs: Math.max(...waits) }),
    ...(answers.some((answer) => answer.opensBreaker) && { opensBreaker: true }),
    ...(every((answer) => answer.stopsChannel) && { stopsChannel: true }),
    ...(every((answer) => answer.notHandedOver) && { notHandedOver: true }),
    ...(answers.some((answer) => answer.alert) && { alert: true }),
  }
}

/** The one that a person should read first. */
function weigh({ stopsChannel, alert, opensBreaker, retryAfterMs = 0 }: FailedAnswer) {
  return (stopsChannel ? 8e9 : 0) + (alert ? 4e9 : 0) + (opensBreaker ? 2e9 : 0) + retryAfterMs
}

function toRejected(refused: readonly FailedAnswer[], dead: readonly FailedAnswer[]) {
  const alert = [...refused, ...dead].some((answer) => answer.alert) && ({ alert: true } as const)
  const [first] = refused
  if (first) {
    const { provider, reason, error } = first
    return { outcome: 'rejected', provider, reason, error, ...alert } as const
  }
  const words = dead.map(({ reason }) => reason)
  const error = words.length > 0 ? [...new Set(words)].join(', ') : 'the delivery has no device'
  const provider = dead[0]?.provider ?? 'fcm'
  return { outcome: 'rejected', provider, reason: 'push_no_live_device', error, ...alert } as const
}
