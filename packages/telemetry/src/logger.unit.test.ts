import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { createLogger } from './logger.ts'

function logTo(lines: string[], level: 'debug' | 'info' | 'warn' | 'error' | 'silent' = 'info') {
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  return createLogger({ service: 'api', level, destination })
}

it('writes one line with the event, the service and what may be said', () => {
  const lines: string[] = []
  logTo(lines).info({ eventId: 'evt_1', durationMs: 3, status: 202 }, 'request.answered')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    ...{ service: 'api', event: 'request.answered', eventId: 'evt_1', durationMs: 3, status: 202, level: 30 },
  })
})

it.each([
  ['a field that nobody allowed', { email: 'ann@example.com' }],
  ['a body under any name', { body: { message: 'ann@example.com' } }],
  ['a secret', { authorization: 'ann@example.com', password: 'ann@example.com' }],
  [
    'an address in a field that is allowed',
    { reason: 'bounced: <ann@example.com>', url: 'https://x/?q=ann@example.com' },
  ],
  ['an object under an allowed name', { reason: { to: 'ann@example.com' }, topics: [{ a: 'ann' }] }],
  ['a list under an allowed name', { topics: ['ann@example.com'] }],
  ['the message of an error', { err: new Error('no such user ann@example.com') }],
  ['the cause of an error', { err: new Error('send', { cause: new Error('550 ann@example.com') }) }],
  ['what is thrown and no error', { err: 'ann@example.com' }],
  ['the fields of an error', { err: Object.assign(new Error('x'), { detail: 'Key (ann@example.com) exists' }) }],
])('lets no address out by %s', (_name, fields) => {
  const lines: string[] = []
  logTo(lines).error(fields, 'x.failed')
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('ann')
})

it('lets no phone number out by an error', () => {
  const lines: string[] = []
  logTo(lines).error({ err: new Error('cannot reach +49 151 12345678') }, 'x.failed')
  expect(lines[0]).not.toContain('12345678')
})

it('says what failed, where, and why', () => {
  const lines: string[] = []
  const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  logTo(lines).error({ err: new Error('claim due deliveries', { cause }) }, 'x.failed')
  expect(JSON.parse(lines[0] ?? '').err).toMatchObject({
    ...{ type: 'Error', message: 'claim due deliveries', cause: { message: 'connect', code: 'ECONNREFUSED' } },
  })
})

it('is as loud as it is told to be', () => {
  const lines: string[] = []
  const log = logTo(lines, 'warn')
  log.debug({}, 'a')
  log.info({}, 'b')
  log.warn({}, 'c')
  log.error({}, 'd')
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(['c', 'd'])
  logTo(lines, 'silent').error({}, 'e')
  expect(lines).toHaveLength(2)
})
