import { expect, it } from 'vitest'
import { startApi } from '../../test/api-under-test.ts'

const path = '/api/outcome-webhook'
const put = (api: ReturnType<typeof startApi>, body: object) => api.call('PUT', path, { body })

it('shows a secret once, when it is made', async () => {
  const api = startApi()
  const made = (await put(api, { url: 'https://a.example/hook' })).json
  expect(made).toMatchObject({ url: 'https://a.example/hook', secret: expect.stringMatching(/^whsec_[\w-]{32}$/) })
  expect((await put(api, { url: 'https://b.example/hook' })).json).not.toHaveProperty('secret')
  expect((await api.call('GET', path)).json).toMatchObject({ url: 'https://b.example/hook', deadCalls: 0 })
  const rotated = (await put(api, { url: 'https://b.example/hook', rotateSecret: true })).json
  expect(rotated.secret).not.toBe(made.secret)
  expect((await api.call('DELETE', path)).status).toBe(200)
  expect((await api.call('GET', path)).status).toBe(404)
})

it.each(['http://a.example/', 'ftp://a.example/', 'a.example', `https://a.example/${'x'.repeat(3_000)}`])(
  'refuses %s',
  async (url) => {
    expect((await put(startApi(), { url })).status).toBe(422)
  },
)
