import type { AcceptedSms } from './accept-log.ts'
import type { WrongAnswer } from './behaviour.ts'
import type { FakeAnswer, FakeRequest } from './http-socket.ts'

export type FakeProviderName = 'twilio' | 'vonage' | 'meta'

/** What one provider's requests and answers look like; what goes wrong with them is not its business. */
export interface Protocol {
  read(request: FakeRequest): Reading
  answerAccepted(message: AcceptedSms): FakeAnswer
  answerWrongly(wrong: WrongAnswer, to: string): FakeAnswer
  /** The signed request with which the provider reports a status. */
  composeStatus(message: AcceptedSms, report: StatusReport): Callback
  /** The signed request with which the provider hands on what a person wrote back. */
  composeReply(reply: Reply): Callback
}

export type Reading =
  | { readonly kind: 'submit'; readonly message: Omit<AcceptedSms, 'number' | 'at' | 'deliveryId' | 'attempt'> }
  | { readonly kind: 'look_up'; readonly to?: string; readonly answer: (known: readonly AcceptedSms[]) => FakeAnswer }
  | { readonly kind: 'refused'; readonly answer: FakeAnswer }

export interface StatusReport {
  /** In the provider's words, such as `undelivered`. */
  readonly status: string
  readonly errorCode?: number
  readonly signature?: 'genuine' | 'forged' | 'missing'
  /** Instead of the message's own. */
  readonly url?: string
}

export interface Reply {
  readonly from: string
  readonly to: string
  readonly text: string
  readonly url: string
  readonly signature?: 'genuine' | 'forged' | 'missing'
}

export interface Callback {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What stands in the head of a wrong answer, whoever gives it. */
export function wrongHeaders({ retryAfter, location }: WrongAnswer): Record<string, string> {
  return {
    ...(retryAfter !== undefined && { 'Retry-After': retryAfter }),
    ...(location !== undefined && { Location: location }),
  }
}

export function signatureHeader(name: string, genuine: string, kind: StatusReport['signature'] = 'genuine') {
  if (kind === 'missing') return {}
  return { [name]: kind === 'genuine' ? genuine : `${genuine.slice(0, -4)}AAA=` }
}
