import { z } from 'zod'
import { type DeviceAnswer, fromSilence, readRetryAfter } from '../device-answer.ts'
import { type HandOver, notSent, untilAborted } from '../hand-over.ts'
import { maskToken } from '../mask-token.ts'
import { createAccessTokens, type ServiceAccount } from './access-token.ts'
import { addToken } from './compose-fcm-message.ts'
import { classifyFcmAnswer, parseJson } from './fcm-answers.ts'
import { createHttp2Connection, type Http2Answer, type Http2Request } from './http2-connection.ts'

export interface FcmOptions extends ServiceAccount {
  readonly projectId: string
  readonly baseUrl?: string
}

export interface FcmClient {
  send(token: string, encodedMessage: string, handOver: HandOver): Promise<DeviceAnswer>
  /** Signs in, and sends nothing. */
  verify(): Promise<DeviceAnswer | undefined>
  close(): Promise<void>
}

const defaultBaseUrl = 'https://fcm.googleapis.com'
/** A token that was refused as young as this is refused for a cause that another sign-in does not mend. */
const youngTokenMs = 60_000
const retryAfterDefaultMs = 10_000
const errorCharactersMax = 400

export function createFcmClient(options: FcmOptions, inFlightMax: number): FcmClient {
  const { projectId, baseUrl = defaultBaseUrl } = options
  const tokens = createAccessTokens(options)
  const connection = createHttp2Connection({ origin: baseUrl, inFlightMax, connectMs: 10_000, idleMs: 60_000 })
  const project = `/v1/projects/${encodeURIComponent(projectId)}`

  async function call(
    token: string,
    request: Omit<Http2Request, 'headers'>,
    handOver: HandOver,
  ): Promise<DeviceAnswer> {
    const access = await untilAborted(tokens.read(), handOver.waiting)
    if (!access) return fromSilence('fcm', notSent(handOver))
    if (!access.ok) return access.answer
    const headers = { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' }
    const answer = await connection.request({ ...request, headers }, handOver)
    if (answer.kind !== 'answered') return fromSilence('fcm', answer)
    const meant = readAnswer(answer, token)
    if (meant.outcome !== 'unavailable' || meant.reason !== 'push_credentials') return meant
    if (answer.status !== 401) return meant
    tokens.forget(access.token)
    if (access.ageMs < youngTokenMs) return meant
    const { provider, outcome, error } = meant
    return { provider, outcome, error, reason: 'push_sign_in_again', notHandedOver: true }
  }

  return {
    send(token, encodedMessage, handOver) {
      const body = addToken(encodedMessage, token)
      return call(token, { method: 'POST', path: `${project}/messages:send`, body }, handOver)
    },
    async verify() {
      const access = await tokens.read()
      return access.ok ? undefined : access.answer
    },
    close: connection.close,
  }
}

function readAnswer(answer: Extract<Http2Answer, { kind: 'answered' }>, token: string): DeviceAnswer {
  const { status, body, retryAfter } = answer
  if (status === 200) {
    const messageId = readName(body)
    return { outcome: 'accepted', provider: 'fcm', ...(messageId !== undefined && { messageId }) }
  }
  const { meaning, error } = classifyFcmAnswer(status, body)
  const isBusy = meaning.outcome === 'unavailable' && meaning.opensBreaker
  const retryAfterMs = readRetryAfter(retryAfter, Date.now()) ?? (isBusy ? retryAfterDefaultMs : undefined)
  return {
    ...meaning,
    provider: 'fcm',
    error: maskToken(error, token).slice(0, errorCharactersMax),
    ...(retryAfterMs !== undefined && meaning.outcome === 'unavailable' && { retryAfterMs }),
  }
}

function readName(body: string): string | undefined {
  return nameSchema.safeParse(parseJson(body)).data?.name
}

const nameSchema = z.object({ name: z.string() })
