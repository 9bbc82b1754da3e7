import { readUnsubscribe, signUnsubscribe, type UnsubscribeWish } from '@carillon/contracts'
import { expect, it } from 'vitest'
import { startApi } from '../../test/api-under-test.ts'
import { createApi } from '../index.ts'

const KEYS: [string, ...string[]] = ['the key of the test']
const wish = { tenantId: 'acme', userId: 'u1', category: 'a <b>&</b> news' }
const path = `/u/${signUnsubscribe(wish, KEYS)}`

function start({ isAway = false } = {}) {
  const kept: UnsubscribeWish[] = []
  const { ports, lines } = startApi()
  const unsubscribes = {
    readWish: (token: string) => readUnsubscribe(token, KEYS),
    async keepOptOut(one: UnsubscribeWish) {
      if (isAway) throw new Error('away')
      kept.push(one)
    },
  }
  const app = createApi({ ...ports, unsubscribes }, { eventIdKeys: ['k'], isOutage: () => true })
  async function call(method: string, url: string, body?: string, type = 'application/x-www-form-urlencoded') {
    const answer = await app.request(url, {
      method,
      ...(body !== undefined && { body, headers: { 'content-type': type } }),
    })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  return { call, kept, lines }
}

it('looking at the page changes nothing, however often scanners do', async () => {
  const { call, kept } = start()
  for (const method of ['GET', 'HEAD', 'GET']) expect((await call(method, path)).status).toBe(200)
  const { text, headers } = await call('GET', path)
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(text).toContain('<form method="post">')
  expect(kept).toEqual([])
})

it('one click of a mailbox provider, or of the button, frees from this category', async () => {
  const { call, kept } = start()
  const oneClick = await call('POST', path, 'List-Unsubscribe=One-Click')
  expect([oneClick.status, oneClick.text]).toEqual([200, expect.stringContaining('You are unsubscribed')])
  for (const [body, type] of [
    ['', 'text/plain'],
    ['--x\r\n', 'multipart/form-data; boundary=x'],
    ['{', 'application/json'],
  ])
    expect((await call('POST', path, body, type)).status).toBe(200)
  expect(kept).toEqual(Array(4).fill(wish))
})

it('a link that is not ours does nothing, and says so calmly', async () => {
  const { call, kept } = start()
  for (const url of ['/u/x', `${path}x`, '/u/..%2f', `/u/${'a'.repeat(4_000)}`, '/u/%00']) {
    const answers = [await call('GET', url), await call('POST', url, 'List-Unsubscribe=One-Click')]
    for (const { status, text } of answers) {
      expect(status).toBe(404)
      expect(text).toContain('This link does not work')
    }
  }
  expect(kept).toEqual([])
})

it('nothing in the page runs, is fetched or framed, and names are text', async () => {
  const { text, headers } = await start().call('GET', path)
  expect(text).toContain('a &lt;b&gt;&amp;&lt;/b&gt; news')
  expect(text).not.toMatch(/<script|src=|href=|<b>/)
  const policy = headers.get('content-security-policy')
  expect(policy).toMatch(/default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/)
  expect(policy).not.toContain('unsafe')
})

it('a wish that could not be kept is not said to be, and no link stands in the log', async () => {
  const { call, lines } = start({ isAway: true })
  expect((await call('POST', path, 'List-Unsubscribe=One-Click')).status).toBe(503)
  expect(JSON.stringify(lines)).not.toContain(path.slice(3, 20))
})
