import { problemDocumentSchema } from '@carillon/contracts'
import { expect, it } from 'vitest'
import { EVENT, startApi } from '../test/api-under-test.ts'
import { partOfEach } from './answered.ts'

const post = async (body: string | object, headers: Record<string, string> = {}) => {
  const api = startApi()
  const answer = await api.call('POST', '/api/notifications', { body, headers })
  expect(api.published).toEqual([])
  expect(problemDocumentSchema.parse(answer.json)).toMatchObject({ status: answer.status })
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  return answer
}
const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) })
const event = (fields: object) => JSON.stringify({ ...EVENT, ...fields })

it.each([
  ['a body that is no JSON', 'hello', 400, 'malformed_json'],
  ['half a body', '{"type":"X"', 400, 'malformed_json'],
  ['an empty body', '', 422, 'invalid_event'],
  ['an array', '[]', 422, 'invalid_event'],
  ['null', 'null', 422, 'invalid_event'],
  ['a number', '7', 422, 'invalid_event'],
  ['40 levels', event({ metadata: nested(40) }), 400, 'malformed_json'],
  ['a repeated key', '{"type":"X","type":"Y","message":"m","recipientIds":["u1"]}', 400, 'malformed_json'],
  ['__proto__', '{"type":"X","message":"m","recipientIds":["u1"],"__proto__":{"isAdmin":true}}', 400, 'malformed_json'],
  [
    'constructor',
    '{"type":"X","message":"m","recipientIds":["u1"],"metadata":{"constructor":1}}',
    400,
    'malformed_json',
  ],
  ['NUL', event({ message: 'a\u0000b' }), 400, 'malformed_json'],
  ['a lone surrogate', event({ message: 'a' }).replace('"a"', '"\\ud800"'), 400, 'malformed_json'],
  ['300 KB', event({ message: 'x'.repeat(300 * 1024) }), 413, 'body_too_large'],
  ['an unknown channel', event({ channels: ['PIGEON'] }), 422, 'invalid_event'],
  ['an unknown priority', event({ notificationPriority: 'SOON' }), 422, 'invalid_event'],
  ['an address with CRLF', event({ recipients: [{ email: 'a@b.example\r\nBcc: c@d.example' }] }), 422, 'invalid_event'],
  ['an address with a name', event({ recipients: [{ email: 'Ann <a@b.example>' }] }), 422, 'invalid_event'],
  ['two addresses', event({ recipients: [{ email: 'a@b.example,c@d.example' }] }), 422, 'invalid_event'],
  ['a phone that is none', event({ recipients: [{ phone: '0151-1' }] }), 422, 'invalid_event'],
  ['a title with a line break', event({ title: 'a\r\nBcc: x@y.example' }), 422, 'invalid_event'],
  ['a title with U+2028', event({ title: 'a\u2028b' }), 422, 'invalid_event'],
  ['a javascript: link', event({ metadata: { actionUrl: 'javascript:alert(1)' } }), 422, 'invalid_event'],
  ['a protocol-relative link', event({ metadata: { actionUrl: '//evil.example' } }), 422, 'invalid_event'],
  ['the 31st of February', event({ expiresAt: '2026-02-31T00:00:00Z' }), 422, 'invalid_event'],
  ['a ladder without steps', event({ ladder: [] }), 422, 'invalid_event'],
  [
    'a ladder of 11 steps',
    event({ ladder: Array(11).fill({ channel: 'SMS', afterSeconds: 1 }) }),
    422,
    'invalid_event',
  ],
  ['a negative delay in a ladder', event({ ladder: [{ channel: 'SMS', afterSeconds: -1 }] }), 422, 'invalid_event'],
  ['a negative delay', event({ delay: -5 }), 422, 'invalid_event'],
  ['nobody to notify', JSON.stringify({ type: 'X', message: 'm' }), 422, 'invalid_event'],
  ['an id of the caller', event({ id: 'mine' }), 422, 'invalid_event'],
  ['a segment that nobody saved', event({ audience: { segment: 'nobody' } }), 422, 'invalid_event'],
  ['5,001 recipients', event({ recipientIds: Array.from({ length: 5_001 }, (_, n) => `u${n}`) }), 422, 'invalid_event'],
  ['a template that nobody has', event({ templateCode: 'NO_SUCH' }), 422, 'invalid_event'],
  ['a template without what it needs', event({ templateCode: 'VERIFICATION_CODE' }), 422, 'invalid_event'],
])('refuses %s', async (_name, body, status, code) => {
  expect((await post(body, { 'content-type': 'application/json' })).json).toMatchObject({ status, code })
})

it.each([
  ['text/plain', { 'content-type': 'text/plain' }],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['another charset', { 'content-type': 'application/json; charset=utf-16' }],
  ['a compressed body', { 'content-encoding': 'gzip' }],
])('refuses %s with 415', async (_name, headers) => {
  expect((await post(event({}), headers)).json).toMatchObject({ status: 415, code: 'unsupported_media_type' })
})

it('lists every problem at once', async () => {
  const answer = await post({ id: 'x', type: '', channels: ['PIGEON'], recipients: [{ email: 'no' }], stopOn: 'NEVER' })
  const paths = partOfEach(answer.json.problems, 'path')
  expect(paths).toEqual(expect.arrayContaining(['id', 'type', 'channels.0', 'recipients.0.email', 'stopOn']))
})

it('stops reading a body without a length once it is too large', async () => {
  const api = startApi()
  let pulled = 0
  const body = new ReadableStream({
    pull(controller) {
      pulled++
      controller.enqueue(new TextEncoder().encode('x'.repeat(16 * 1024)))
    },
  })
  const headers = { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' }
  const answer = await api.app.request('/api/notifications', {
    method: 'POST',
    headers,
    body,
    duplex: 'half',
  } as RequestInit)
  expect(answer.status).toBe(413)
  expect(pulled).toBeLessThan(30)
})

it('refuses bytes that are not UTF-8', async () => {
  const api = startApi()
  const headers = { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' }
  const body = Uint8Array.from([...Buffer.from('{"type":"'), 0xff, ...Buffer.from('"}')])
  const answer = await api.app.request('/api/notifications', { method: 'POST', headers, body })
  expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'malformed_json' }])
})

it.each([
  ['PUT', '/api/users/u1', { email: 'x', phone: '1', timeZone: 'Mars/Olympus', locale: '??' }, 4],
  ['PUT', '/api/users/u1', { attributes: { a: 1 }, roles: [''] }, 1],
  ['PUT', '/api/users/u1', undefined, 1],
  ['PUT', `/api/users/${'u'.repeat(129)}`, {}, 1],
  ['PUT', '/api/users/a%00b', {}, 1],
  [
    'PUT',
    '/api/preferences?userId=u1',
    { email: 'yes', quietHours: { start: '25:00', end: '7', timeZone: '+01:00' } },
    4,
  ],
  ['GET', '/api/preferences?userId=u1&userId=u2', undefined, 1],
  ['POST', '/api/notifications/x/read', { userId: 7 }, 1],
  ['POST', '/api/notifications/x/cancel', [], 1],
])('%s %s says what is wrong', async (method, path, body, count) => {
  const answer = await startApi().call(method, path, { body })
  expect([answer.status, answer.json.code, answer.json.problems?.length]).toEqual([422, 'invalid_request', count])
})
