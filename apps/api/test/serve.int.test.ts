import { connect } from 'node:net'
import { createApi, mintApiKey, SCOPES } from '@carillon/http-api'
import { createMemoryPorts } from '@carillon/http-api/testing'
import { afterEach, expect, it } from 'vitest'
import { type HttpServer, serveHttp } from '../src/serve.ts'

const open: HttpServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close(0)))
})

function start(settings: { bodyWaitMs?: number } = {}) {
  const memory = createMemoryPorts()
  const { id, secretHash, token } = mintApiKey()
  memory.apiKeys.set(id, { tenantId: 't1', secretHash, scopes: SCOPES, expiresAt: null, revokedAt: null })
  const api = createApi(memory.ports, { eventIdKeys: ['k'.repeat(32)], ...settings })
  const server = serveHttp({ host: '127.0.0.1', port: 0, fetch: api.fetch, exactRoutes: api.exactRoutes })
  open.push(server)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const post = (body: string) => fetch(`${server.url}/api/notifications`, { method: 'POST', headers, body })
  return { ...memory, server, token, post }
}

/** Bytes as they are, because a client would not send them wrong; resolves with what came back before the end. */
function exchangeRaw(url: string, chunks: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket = connect({ host: hostname, port: Number(port) })
  let received = ''
  const timer = setTimeout(() => socket.destroy(new Error('no answer in 5 s')), 5_000)
  socket.on('data', (data) => {
    received += data.toString()
    if (received.includes('\r\n\r\n')) socket.end()
  })
  socket.on('error', reject).on('close', () => resolve(received))
  socket.on('connect', () => {
    for (const chunk of chunks) socket.write(chunk)
  })
  return promise.finally(() => clearTimeout(timer))
}

const head = (token: string, more: string) =>
  `POST /api/notifications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n${more}\r\n\r\n`
const EVENT = JSON.stringify({ type: 'X', message: 'm', recipientIds: ['u1'] })

it('takes an event over a real connection', async () => {
  const { post, published } = start()
  const answer = await post(EVENT)
  expect([answer.status, published.length]).toEqual([202, 1])
})

it('takes a chunked body', async () => {
  const { server, token } = start()
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
  const parts = [EVENT.slice(0, 10), EVENT.slice(10)].map(chunk)
  const answer = await exchangeRaw(server.url, [head(token, 'Transfer-Encoding: chunked'), ...parts, '0\r\n\r\n'])
  expect(answer).toMatch(/^HTTP\/1.1 202 /)
})

it('refuses a chunked body of 300 KB without a declared length', async () => {
  const { server, token, published } = start()
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
  const answer = await exchangeRaw(server.url, [head(token, 'Transfer-Encoding: chunked'), ...Array(20).fill(chunk)])
  expect(answer).toMatch(/^HTTP\/1.1 413 /)
  expect(published).toEqual([])
})

it.each([300 * 1024, 20 * 1024 * 1024])('refuses a body of %i bytes, and lives', async (bytes) => {
  const { post } = start()
  const answer = await post('x'.repeat(bytes))
  expect([answer.status, await answer.json()]).toMatchObject([413, { code: 'body_too_large' }])
  expect((await post(EVENT)).status).toBe(202)
})

it('waits for a body only so long', async () => {
  const { server, token } = start({ bodyWaitMs: 100 })
  const answer = await exchangeRaw(server.url, [head(token, 'Content-Length: 100'), '{"type":'])
  expect(answer).toMatch(/^HTTP\/1.1 408 /)
})

it('lives on when a caller goes away in the middle of a body', async () => {
  const { server, token, post, failures } = start()
  const { hostname, port } = new URL(server.url)
  const gone = Promise.withResolvers<void>()
  const socket = connect({ host: hostname, port: Number(port) }, () => {
    socket.write(`${head(token, 'Content-Length: 100')}{"type":`, () => socket.destroy())
  })
  socket.on('close', () => gone.resolve())
  await gone.promise
  expect((await post(EVENT)).status).toBe(202)
  expect(failures).toEqual([])
})

it('answers what is in the air before it closes, and takes nothing new', async () => {
  const memory = start()
  const acknowledged = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  Object.assign(memory.ports.publisher, {
    publish() {
      reached.resolve()
      return acknowledged.promise
    },
  })
  const answering = memory.post(EVENT)
  await reached.promise
  const closing = memory.server.close(5_000)
  acknowledged.resolve()
  expect((await answering).status).toBe(202)
  await closing
  await expect(fetch(`${memory.server.url}/healthz`)).rejects.toThrow()
})

it('cuts what does not end when the wait is over', async () => {
  const memory = start()
  const reached = Promise.withResolvers<void>()
  Object.assign(memory.ports.publisher, {
    publish() {
      reached.resolve()
      return new Promise(() => undefined)
    },
  })
  const answering = memory.post(EVENT).catch(() => 'cut')
  await reached.promise
  await memory.server.close(50)
  expect(await answering).toBe('cut')
})

it.each([
  ['POST /api/notifications?x=1', 202],
  ['POST http://x/api/notifications', 202],
  ['POST /api/%6eotifications', 202],
  ['POST /api/notifications/', 404],
  ['POST //api/notifications', 404],
  ['POST /API/notifications', 404],
  ['PATCH /api/notifications', 405],
  ['GET /healthz', 200],
  ['HEAD /healthz', 200],
])('answers %s, however its path is written, with %i', async (line, status) => {
  const { server, token } = start()
  const request = `${line} HTTP/1.1\r\n${head(token, `Content-Length: ${EVENT.length}`).split('\r\n').slice(1).join('\r\n')}`
  expect(await exchangeRaw(server.url, [request, EVENT])).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
})
