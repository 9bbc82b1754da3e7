import { createServer, type RequestListener } from 'node:http'
import { afterEach, expect, it } from 'vitest'
import { postToStranger } from './index.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function serve(answer: RequestListener): Promise<{ url: string; hits: () => number }> {
  let hits = 0
  const server = createServer((request, response) => {
    hits += 1
    answer(request, response)
  })
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}/`, hits: () => hits }
}

const post = (url: string, more: { allowPrivate?: boolean; timeoutMs?: number } = { allowPrivate: true }) =>
  postToStranger({ url, headers: { 'content-type': 'application/json' }, body: '{"a":"ü"}', ...more })

it.each([
  'http://example.com/',
  'https://127.0.0.1/',
  'https://[::1]/',
  'https://10.0.0.1/',
  'https://169.254.169.254/latest/meta-data',
  'https://user:pass@example.com/',
  'https://localhost/',
  'file:///etc/passwd',
  'no url',
])('nothing is sent to %s', async (url) => {
  expect(await post(url, {})).toEqual({ kind: 'forbidden' })
})

it('the whole body arrives, and the status comes back', async () => {
  const bodies: string[] = []
  const { url } = await serve(async (request, response) => {
    bodies.push(Buffer.concat(await request.toArray()).toString())
    response.writeHead(503, { 'retry-after': '7' }).end('later')
  })
  expect(await post(url)).toEqual({ kind: 'answered', status: 503, retryAfterSeconds: 7 })
  expect(bodies).toEqual(['{"a":"ü"}'])
})

it('a redirect is not followed', async () => {
  const target = await serve((_request, response) => void response.end())
  const { url } = await serve((_request, response) => void response.writeHead(302, { location: target.url }).end())
  expect(await post(url)).toEqual({ kind: 'answered', status: 302 })
  expect(target.hits()).toBe(0)
})

it('an answer without end is cut, and one that never comes is given up', async () => {
  const endless = await serve((_request, response) => {
    const write = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    }
    response.on('drain', write)
    write()
  })
  expect(await post(endless.url)).toEqual({ kind: 'answered', status: 200 })
  const silent = await serve(() => undefined)
  expect(await post(silent.url, { allowPrivate: true, timeoutMs: 100 })).toMatchObject({ kind: 'failed' })
})
