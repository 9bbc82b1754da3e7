import { createPrivateKey } from 'node:crypto'
import { SignJWT } from 'jose'
import { z } from 'zod'
import type { DeliveryTokens } from '../delivery-token.ts'
import type { Egress, EgressAnswer } from '../egress.ts'
import { parseJson } from '../parse-json.ts'
import type { Provider, SmsDraft, Submitted } from '../provider.ts'
import { fromSilence, toSubmitted } from '../provider.ts'
import { readVonageAnswer } from './vonage-answers.ts'

export interface VonageOptions {
  readonly applicationId: string
  /** The application's private key, PEM; line breaks may be written as `\\n`. */
  readonly privateKey: string
  /** Our number or name; a number without its plus sign. */
  readonly from: string
  /** `https://api.nexmo.com` when absent. */
  readonly baseUrl?: string
  readonly statusCallbackUrl?: string
  readonly tokens?: DeliveryTokens
}

const name = 'vonage'

/**
 * The Messages API of Vonage. It has no list that could be asked for a message whose answer was lost, so there is no
 * look-up: such a message stays unknown.
 */
export function createVonageSms(options: VonageOptions, egress: Egress): Provider<SmsDraft> {
  const origin = new URL(options.baseUrl ?? 'https://api.nexmo.com').origin
  const issueToken = createTokenIssuer(options)
  return {
    name,
    async submit(draft, limitMs) {
      const answer = await egress({
        method: 'POST',
        url: `${origin}/v1/messages`,
        headers: {
          authorization: `Bearer ${await issueToken()}`,
          accept: 'application/json',
          'content-type': 'application/json',
        },
        body: JSON.stringify(composeRequest(draft, options)),
        limitMs,
      })
      return answer.kind === 'answered' ? readAnswer(answer) : fromSilence(name, answer)
    },
  }
}

function composeRequest({ message, to, text }: SmsDraft, { from, statusCallbackUrl, tokens }: VonageOptions) {
  return {
    channel: 'sms',
    message_type: 'text',
    to: to.slice(1),
    from: from.replace(/^\+/, ''),
    text,
    ttl: decideTtl(message.expiresAt, Date.now()),
    // Handed back in every report; Vonage takes up to a hundred characters.
    ...(tokens && { client_ref: tokens.sign(message) }),
    ...(statusCallbackUrl && { webhook_url: statusCallbackUrl, webhook_version: 'v1' }),
  }
}

/** Seconds, from 20 to 72 hours. */
function decideTtl(expiresAt: Date, nowMs: number): number {
  const seconds = Math.floor((expiresAt.getTime() - nowMs) / 1_000)
  return Math.min(Math.max(20, seconds), 72 * 3_600)
}

const tokenLifeSeconds = 900

/** One token serves many requests; a new one is made well before the old one ends. */
function createTokenIssuer({ applicationId, privateKey }: VonageOptions) {
  const key = readPrivateKey(privateKey)
  let current: { readonly token: Promise<string>; readonly untilMs: number } | undefined

  function sign(): Promise<string> {
    return new SignJWT({ application_id: applicationId })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuedAt()
      .setJti(crypto.randomUUID())
      .setExpirationTime(`${tokenLifeSeconds}s`)
      .sign(key)
  }
  return function issueToken(): Promise<string> {
    if (!current || Date.now() > current.untilMs) {
      current = { token: sign(), untilMs: Date.now() + (tokenLifeSeconds * 1_000) / 2 }
    }
    return current.token
  }
}

/** At the start, so that a wrong key is a start that fails and not a message that does. */
function readPrivateKey(pem: string) {
  try {
    return createPrivateKey(pem.replaceAll('\\n', '\n'))
  } catch (cause) {
    throw new Error('read the private key of the Vonage application', { cause })
  }
}

const accepted = z.object({ message_uuid: z.string().min(1) })
const refused = z.object({ type: z.string().optional(), title: z.string().optional(), detail: z.string().optional() })

function readAnswer({ status, body, retryAfterMs }: Extract<EgressAnswer, { kind: 'answered' }>): Submitted {
  const json = parseJson(body)
  if (status === 202 || status === 200) {
    const message = accepted.safeParse(json)
    if (message.success) {
      return { result: { outcome: 'accepted', provider: name, providerMessageId: message.data.message_uuid } }
    }
  }
  const error = refused.safeParse(json)
  const { type, title = '', detail = '' } = error.success ? error.data : {}
  const code = type === undefined ? undefined : readErrorCode(type)
  return toSubmitted(
    name,
    readVonageAnswer(status, code),
    `${status}/${code ?? ''} ${title} ${detail}`.trim(),
    retryAfterMs,
  )
}

/** `https://developer.vonage.com/api-errors/messages#1120` names its code after the mark. */
export function readErrorCode(type: string): string | undefined {
  return /#([\w-]+)$/.exec(type)?.[1]
}
