import type twilio from 'twilio'
import type { MessageListInstanceCreateOptions } from 'twilio/lib/rest/api/v2010/account/message.js'
import type { Egress, EgressAnswer } from '../egress.ts'

export interface TwilioAccount {
  readonly accountSid: string
  readonly authToken: string
  /** `https://api.twilio.com` when absent. */
  readonly baseUrl?: string
}

export interface ListedMessage {
  readonly sid: string
  readonly body: string
  readonly direction: string
  readonly createdAt: Date
}

export type ListAnswer =
  | { readonly kind: 'listed'; readonly messages: readonly ListedMessage[]; readonly isComplete: boolean }
  | Exclude<EgressAnswer, { kind: 'answered' }>
  | Extract<EgressAnswer, { kind: 'answered' }>

export interface TwilioClient {
  createMessage(options: MessageListInstanceCreateOptions, limitMs: number): Promise<EgressAnswer>
  /** Newest first, a thousand at most; `isComplete` when there are no more. */
  listMessages(to: string, limitMs: number): Promise<ListAnswer>
}

interface Call {
  readonly limitMs: number
  answer?: EgressAnswer
}

type HttpRequest = Parameters<twilio.RequestClient['request']>[0]

const pageSizeMax = 1_000

/**
 * Twilio's own SDK writes the requests and reads the lists; the connection, its limits and its headers are ours. The SDK
 * is loaded with the first message: it is big, and only the process that sends needs it.
 */
export function createTwilioClient({ accountSid, authToken, baseUrl }: TwilioAccount, egress: Egress): TwilioClient {
  const origin = new URL(baseUrl ?? 'https://api.twilio.com').origin
  let loading: ReturnType<typeof load> | undefined

  async function load() {
    const { default: sdk } = await import('twilio')
    return { sdk, EgressClient: extendRequestClient(sdk.RequestClient, origin, egress) }
  }

  /** A client a call costs microseconds, and lets each call have its own limit and its own answer. */
  async function openCall(limitMs: number) {
    loading ??= load()
    const { sdk, EgressClient } = await loading
    const call: Call = { limitMs }
    const options = { httpClient: new EgressClient(call), autoRetry: false }
    return { call, messages: sdk(accountSid, authToken, options).messages }
  }

  return {
    async createMessage(options, limitMs) {
      const { call, messages } = await openCall(limitMs)
      try {
        await messages.create(options)
      } catch (error) {
        if (!call.answer) throw new Error('write a request to Twilio', { cause: error })
      }
      return call.answer ?? { kind: 'not_sent', error: 'the SDK made no request' }
    },
    async listMessages(to, limitMs) {
      const { call, messages } = await openCall(limitMs)
      try {
        const page = await messages.page({ to, pageSize: pageSizeMax })
        const listed = page.instances.map(({ sid, body, direction, dateCreated }) => {
          return { sid, body, direction, createdAt: dateCreated }
        })
        return { kind: 'listed', messages: listed, isComplete: !page.nextPageUrl }
      } catch (error) {
        if (!call.answer) throw new Error('write a request to Twilio', { cause: error })
        return call.answer
      }
    },
  }
}

/** The SDK's own client with our way out: of all that it has, the SDK calls `request` alone. */
function extendRequestClient(RequestClient: typeof twilio.RequestClient, origin: string, egress: Egress) {
  return class EgressClient extends RequestClient {
    readonly #call: Call

    constructor(call: Call) {
      super()
      this.#call = call
    }

    override async request({ method, uri, username, password, params, data }: HttpRequest) {
      const body = typeof data === 'object' && data !== null ? toPairs(data).toString() : undefined
      const answer = await egress({
        method: method === 'post' ? 'POST' : 'GET',
        url: withQuery(uri.replace(/^https:\/\/[^/]+/, origin), params),
        headers: {
          authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
          accept: 'application/json',
          ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        ...(body !== undefined && { body }),
        limitMs: this.#call.limitMs,
      })
      this.#call.answer = answer
      if (answer.kind !== 'answered') throw new Error(answer.error)
      return { statusCode: answer.status, body: JSON.parse(answer.body), headers: {} }
    }
  }
}

function withQuery(url: string, params: object | undefined): string {
  const query = params ? toPairs(params).toString() : ''
  return query === '' ? url : `${url}?${query}`
}

function toPairs(data: object): URLSearchParams {
  const pairs = new URLSearchParams()
  for (const [name, value] of Object.entries(data)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) pairs.append(name, String(one))
  }
  return pairs
}
