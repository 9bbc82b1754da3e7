import { expect, it } from 'vitest'
import { startApi } from '../../test/api-under-test.ts'

const settings = {
  fromName: 'Acme',
  fromEmail: 'hello@acme.test',
  categories: { billing: { fromEmail: 'billing@acme.test', replyTo: 'accounts@acme.test' } },
}

it('keeps who mails are from, of a tenant and of its categories', async () => {
  const api = startApi()
  expect((await api.call('GET', '/api/mail-settings')).json).toEqual({ categories: {} })
  expect((await api.call('PUT', '/api/mail-settings', { body: settings })).status).toBe(200)
  expect((await api.call('GET', '/api/mail-settings')).json).toEqual(settings)
})

it.each([
  ['fromEmail', { fromEmail: 'Acme <hello@acme.test>' }],
  ['replyTo', { replyTo: 'a@b.test\r\nBcc: c@d.test' }],
  ['fromName', { fromName: 'Acme\nBcc: c@d.test' }],
  ['categories.billing.fromEmail', { categories: { billing: { fromEmail: 'x' } } }],
])('refuses a %s that is no plain one', async (path, body) => {
  const { status, json } = await startApi().call('PUT', '/api/mail-settings', { body })
  expect([status, json.problems?.[0]?.path]).toEqual([422, path])
})
