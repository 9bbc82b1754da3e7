import { createHash, createHmac } from 'node:crypto'

/** Outcomes for a tenant that does not read Kafka, as one POST. */
export interface OutcomeCall {
  readonly id: string
  readonly tenantId: string
  readonly records: readonly unknown[]
}

export interface DueCall extends OutcomeCall {
  readonly url: string
  readonly secret: string
  /** This one among them. */
  readonly attempts: number
}

export type CallStep =
  | { readonly step: 'done' }
  | { readonly step: 'retry'; readonly inSeconds: number; readonly error: string }
  | { readonly step: 'dead'; readonly error: string }

export type CallAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'failed'; readonly error: string }

/** Nearly nine hours in all: a service that is down for a night misses nothing. */
const WAITS_SECONDS = [5, 30, 120, 600, 1_800, 7_200, 21_600]
const WAIT_SECONDS_MAX = 21_600

/** The only place that decides what an answer leads to. 410 says that nobody will ever listen there again. */
export function decideCall(answer: CallAnswer, attempts: number): CallStep {
  if (answer.kind === 'forbidden') return { step: 'dead', error: 'the address is not public https' }
  if (answer.kind === 'answered' && answer.status >= 200 && answer.status < 300) return { step: 'done' }
  const error = answer.kind === 'failed' ? answer.error : `answered with ${answer.status}`
  const wait = WAITS_SECONDS[attempts - 1]
  if (wait === undefined || (answer.kind === 'answered' && answer.status === 410)) return { step: 'dead', error }
  const asked = answer.kind === 'answered' ? (answer.retryAfterSeconds ?? 0) : 0
  return { step: 'retry', inSeconds: Math.min(WAIT_SECONDS_MAX, Math.max(wait, asked)), error }
}

/** The time is signed with the body, so that a call that somebody recorded cannot be played back later. */
export function signCall(secret: string, body: string, atSeconds: number): string {
  return `t=${atSeconds},v1=${createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex')}`
}

/** The same for the same outcomes, so that a batch that is read again makes no second call. */
export function nameCall(tenantId: string, outcomeIds: readonly string[]): string {
  const hex = createHash('sha256')
    .update(JSON.stringify([tenantId, ...outcomeIds]))
    .digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
