import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import { isPublicAddress, lookUpPublic } from '@carillon/egress'
import type { Silence } from '../device-answer.ts'
import { type HandOver, notSent } from '../hand-over.ts'

/**
 * The one way out to an address that a stranger named: https, to a public address, no redirect, and of the answer only
 * the status. It never repeats, and a request that did not get to its first byte is told from one whose answer was lost.
 */
export interface Egress {
  post(request: EgressRequest, handOver: HandOver): Promise<EgressAnswer>
  close(): void
}

export interface EgressRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export type EgressAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: 'forbidden' }
  | Silence

const agentOptions = { keepAlive: true, maxSockets: 100, maxFreeSockets: 20, timeout: 60_000 }
const connectMs = 10_000

export function createEgress({ allowPrivate }: { readonly allowPrivate: boolean }): Egress {
  const secure = new https.Agent(agentOptions)
  const plain = new http.Agent(agentOptions)

  async function post(what: EgressRequest, handOver: HandOver): Promise<EgressAnswer> {
    const url = new URL(what.url)
    if (!allowPrivate && !isAllowed(url)) return { kind: 'forbidden' }
    if (!handOver.mayBegin()) return notSent(handOver)
    const options = { method: 'POST', headers: what.headers, ...(!allowPrivate && { lookup: lookUpPublic }) }
    const request =
      url.protocol === 'https:'
        ? https.request(url, { ...options, agent: secure })
        : http.request(url, { ...options, agent: plain })
    return converse(request, url.protocol === 'https:', what.body, handOver)
  }

  return {
    post,
    close() {
      secure.destroy()
      plain.destroy()
    },
  }
}

function isAllowed({ protocol, hostname, username, password }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  const isPublic = isIP(host) === 0 || isPublicAddress(host)
  return protocol === 'https:' && username === '' && password === '' && isPublic
}

function converse(request: http.ClientRequest, isSecure: boolean, body: Uint8Array, handOver: HandOver) {
  return new Promise<EgressAnswer>((resolve) => {
    let hasBegun = false
    const connecting = setTimeout(
      () => settle({ kind: 'not_sent', reason: 'push_unreachable', error: 'no connection in time' }),
      connectMs,
    )

    function settle(answer: EgressAnswer) {
      clearTimeout(connecting)
      handOver.waiting.removeEventListener('abort', leave)
      handOver.limit.removeEventListener('abort', giveUp)
      resolve(answer)
      if (answer.kind !== 'answered') request.destroy()
    }
    const leave = () => {
      if (!hasBegun) settle(notSent(handOver))
    }
    const giveUp = () => settle({ kind: 'lost', error: 'no answer in time' })
    handOver.waiting.addEventListener('abort', leave, { once: true })
    handOver.limit.addEventListener('abort', giveUp, { once: true })

    request.on('socket', (socket) => {
      const begin = () => {
        clearTimeout(connecting)
        if (!handOver.mayBegin()) return settle(notSent(handOver))
        hasBegun = true
        request.end(body)
      }
      if (!socket.connecting) begin()
      else socket.once(isSecure ? 'secureConnect' : 'connect', begin)
    })
    request.on('response', (response) => {
      response.resume()
      // What comes after the status is of no interest, but an error in it is still an event.
      response.on('error', () => {})
      const { statusCode = 0, headers } = response
      const retryAfter = headers['retry-after']
      settle({ kind: 'answered', status: statusCode, ...(retryAfter !== undefined && { retryAfter }) })
    })
    request.on('error', (cause: unknown) => settle(readFailure(cause, hasBegun)))
  })
}

function readFailure(cause: unknown, hasBegun: boolean): EgressAnswer {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
  if (code === 'EFORBIDDEN') return { kind: 'forbidden' }
  if (hasBegun) return { kind: 'lost', error: `the connection was lost: ${code}` }
  return { kind: 'not_sent', reason: 'push_unreachable', error: `no connection: ${code}` }
}
