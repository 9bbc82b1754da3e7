import type { Accepted, CancelAnswer, DeliveryStatusAnswer, ReadAnswer } from '@carillon/contracts'

export interface ApiAnswer<Body> {
  readonly status: number
  readonly body: Body
}

/** A service that uses the API as services do: over HTTP, with a key. */
export interface ApiClient {
  readonly url: string
  readonly token: string
  /** Rejects when there was no answer at all. */
  call<Body>(method: string, path: string, options?: CallOptions): Promise<ApiAnswer<Body>>
  /** Repeats with the same Idempotency-Key until the event is accepted or refused; answers what was said at last. */
  post(event: object, options?: PostOptions): Promise<ApiAnswer<Accepted>>
  readDeliveryStatus(notificationId: string, userId?: string): Promise<ApiAnswer<DeliveryStatusAnswer>>
  cancel(notificationId: string): Promise<ApiAnswer<CancelAnswer>>
  read(notificationId: string, userId: string): Promise<ApiAnswer<ReadAnswer>>
}

export interface CallOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface PostOptions {
  readonly idempotencyKey?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  /** Told of every try that was not answered with 202. */
  readonly onUnanswered?: (problem: string) => void
}

const REPEAT_MS = 200
const ANSWER_MS_MAX = 15_000

export function createApiClient(url: string, token: string): ApiClient {
  async function call<Body>(method: string, path: string, options: CallOptions = {}): Promise<ApiAnswer<Body>> {
    const { body, headers } = options
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    })
    const text = await response.text()
    return { status: response.status, body: JSON.parse(text) }
  }

  async function post(event: object, options: PostOptions = {}): Promise<ApiAnswer<Accepted>> {
    const { idempotencyKey = crypto.randomUUID(), timeoutMs = 60_000, onUnanswered } = options
    const headers = { ...options.headers, 'idempotency-key': idempotencyKey }
    const deadlineMs = performance.now() + timeoutMs
    for (;;) {
      try {
        const answer = await call<Accepted>('POST', '/api/notifications', { body: event, headers })
        if (answer.status < 500 || performance.now() > deadlineMs) return answer
        onUnanswered?.(String(answer.status))
      } catch (error) {
        if (performance.now() > deadlineMs) throw new Error('post an event', { cause: error })
        onUnanswered?.(describe(error))
      }
      await new Promise((resolve) => setTimeout(resolve, REPEAT_MS))
    }
  }

  const at = (notificationId: string) => `/api/notifications/${encodeURIComponent(notificationId)}`
  return {
    url,
    token,
    call,
    post,
    readDeliveryStatus: (id, userId) =>
      call('GET', `${at(id)}/delivery-status${userId === undefined ? '' : `?userId=${encodeURIComponent(userId)}`}`),
    cancel: (id) => call('POST', `${at(id)}/cancel`),
    read: (id, userId) => call('POST', `${at(id)}/read`, { body: { userId } }),
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? String(error.code) : error.name
}
