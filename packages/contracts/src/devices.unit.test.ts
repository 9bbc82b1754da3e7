import { describe, expect, it, test } from 'vitest'
import { deviceRemovalSchema, deviceSchema } from './devices.ts'

const keys = {
  p256dh: 'BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM',
  auth: 'tBHItJI5svbpez7KI4CCXg',
}
const endpoint = 'https://updates.push.services.mozilla.com/wpush/v2/gAAAAABq'
const subscription = (fields: object = {}) => JSON.stringify({ endpoint, expirationTime: null, keys, ...fields })
const parse = (token: string, platform = 'android') => deviceSchema.safeParse({ token, platform })

describe('a device', () => {
  it('has a registration token, or a subscription of a browser', () => {
    expect(parse('cXk3:APA91bH_-x').data).toEqual({ token: 'cXk3:APA91bH_-x', platform: 'android' })
    expect(parse(subscription(), 'web').data?.token).toBe(JSON.stringify({ endpoint, keys }))
  })

  it('has the same token however its subscription was written', () => {
    const spaced = JSON.stringify({ keys: { auth: keys.auth, p256dh: keys.p256dh }, endpoint }, null, 2)
    expect(parse(spaced, 'web').data?.token).toBe(parse(subscription(), 'web').data?.token)
  })

  test.each([
    ['no token', '', 'android'],
    ['4,097 characters', 'x'.repeat(4_097), 'android'],
    ['NUL', 'a\u0000b', 'android'],
    ['a line break', 'a\nb', 'android'],
    ['an unknown platform', 'abc', 'pager'],
    ['a subscription of a phone', subscription(), 'ios'],
    ['half a subscription', '{"endpoint"', 'web'],
    ['a subscription without keys', JSON.stringify({ endpoint }), 'web'],
    ['an endpoint without TLS', subscription({ endpoint: 'http://push.example/x' }), 'web'],
    ['an endpoint that is an address', subscription({ endpoint: 'https://127.0.0.1/x' }), 'web'],
    ['an endpoint that is no URL', subscription({ endpoint: 'push' }), 'web'],
    ['a key that is none', subscription({ keys: { ...keys, auth: '"' } }), 'web'],
  ])('with %s is refused', (_name, token, platform) => {
    expect(parse(token, platform).success).toBe(false)
  })
})

test('what is removed is said in exactly one way', () => {
  const isGood = (body: object) => deviceRemovalSchema.safeParse(body).success
  expect([{ token: 'a' }, { id: 'a'.repeat(64) }, { all: true }, { all: true, userId: 'u1' }].map(isGood)).toEqual(
    Array(4).fill(true),
  )
  expect([{}, { all: false }, { id: 'short' }, { token: 'a', all: true }, { userId: 'u1' }].map(isGood)).toEqual(
    Array(5).fill(false),
  )
})
