import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import { isPublicAddress, lookUpPublic } from './public-address.ts'

/**
 * A POST to an address that somebody else named: https, every address of the name public and the checked one connected
 * to, no redirect followed, ten seconds in all, and of the answer at most 256 KB read and nothing kept but its status.
 */
export interface PostRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** For tests on one machine alone: plain http and addresses beside us. */
  readonly allowPrivate?: boolean
  readonly timeoutMs?: number
}

export type PostAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterSeconds?: number }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'failed'; readonly error: string }

const TIMEOUT_MS = 10_000
const ANSWER_BYTES_MAX = 256 * 1024

export function postToStranger(what: PostRequest): Promise<PostAnswer> {
  const { allowPrivate = false, timeoutMs = TIMEOUT_MS } = what
  const url = URL.parse(what.url)
  if (!url || (!allowPrivate && !isAllowed(url))) return Promise.resolve({ kind: 'forbidden' })
  return new Promise((resolve) => {
    const send = url.protocol === 'https:' ? https.request : http.request
    const request = send(url, {
      method: 'POST',
      headers: { ...what.headers, 'content-length': String(Buffer.byteLength(what.body)) },
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      ...(!allowPrivate && { lookup: lookUpPublic }),
    })
    request.on('response', (response) => readAnswer(response, resolve))
    request.on('error', (cause: unknown) => resolve(readFailure(cause)))
    request.end(what.body)
  })
}

function isAllowed({ protocol, hostname, username, password }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  const isPublic = isIP(host) === 0 || isPublicAddress(host)
  return protocol === 'https:' && username === '' && password === '' && isPublic
}

function readAnswer(response: http.IncomingMessage, resolve: (answer: PostAnswer) => void): void {
  const { statusCode: status = 0, headers } = response
  const seconds = Number(headers['retry-after'])
  const answer: PostAnswer = {
    ...{ kind: 'answered', status },
    ...(Number.isFinite(seconds) && seconds > 0 && { retryAfterSeconds: seconds }),
  }
  let bytes = 0
  response.on('data', (part: Buffer) => {
    bytes += part.length
    if (bytes > ANSWER_BYTES_MAX) response.destroy()
  })
  // However its body ends, the status was said.
  response.on('close', () => resolve(answer))
  response.on('error', () => resolve(answer))
}

function readFailure(cause: unknown): PostAnswer {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
  if (code === 'EFORBIDDEN') return { kind: 'forbidden' }
  return { kind: 'failed', error: cause instanceof Error && cause.name === 'TimeoutError' ? 'no answer in time' : code }
}
