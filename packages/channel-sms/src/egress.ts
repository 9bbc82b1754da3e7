/**
 * The one way out to a provider. It tells apart what decides everything else: an answer, a request of which surely no
 * byte left us, and a request whose answer was lost. It follows no redirect and never repeats: whether to repeat is
 * decided elsewhere, from a row.
 */
export interface EgressRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly limitMs: number
}

export type EgressAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string; readonly retryAfterMs?: number }
  | { readonly kind: 'not_sent'; readonly error: string }
  | { readonly kind: 'lost'; readonly error: string }

export type Egress = (request: EgressRequest) => Promise<EgressAnswer>

/** Lists of a thousand messages are the longest answers that we ask for. */
const answerCharactersMax = 8 * 1024 * 1024

export async function callProvider({ method, url, headers, body, limitMs }: EgressRequest): Promise<EgressAnswer> {
  const limit = AbortSignal.timeout(Math.max(1, Math.floor(limitMs)))
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: limit,
      ...(body !== undefined && { body }),
    })
    const text = await response.text()
    const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), Date.now())
    return {
      kind: 'answered',
      status: response.status,
      body: text.slice(0, answerCharactersMax),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }
  } catch (error) {
    if (limit.aborted) return { kind: 'lost', error: `no answer within ${Math.floor(limitMs)} ms` }
    const code = readCode(error)
    const words = code || (error instanceof Error ? error.name : 'unknown')
    return isBeforeFirstByte(code)
      ? { kind: 'not_sent', error: `no connection: ${words}` }
      : { kind: 'lost', error: `connection lost: ${words}` }
  }
}

/**
 * Only what cannot happen once a byte of the request is on its way: nobody listens, the name is unknown, the certificate
 * is refused. A timeout while connecting looks like any other and is left among the lost ones.
 */
export function isBeforeFirstByte(code: string): boolean {
  return (
    ['ECONNREFUSED', 'ConnectionRefused', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code) ||
    /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)/.test(code)
  )
}

/** Bun puts the code on the error, Node on its cause. */
function readCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  return 'cause' in error ? readCode(error.cause) : ''
}

const retryAfterMaxMs = 60 * 60_000

/** Seconds, or a date. An hour at most, so that a wrong header cannot silence us for a day. */
export function readRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+(?:\.\d+)?$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - nowMs
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, Math.round(ms)), retryAfterMaxMs)
}
