import { describe, expect, it } from 'vitest'
import { addToken, createDeliveryTokens, readToken } from './delivery-token.ts'

const reference = { deliveryId: '0198c0de-0000-7000-8000-000000000001', attempt: 12 }
const tokens = createDeliveryTokens(['new secret', 'old secret'])

describe('the token that a provider hands back', () => {
  it('names delivery and attempt', () => {
    expect(tokens.verify(tokens.sign(reference))).toEqual(reference)
  })

  it('fits into the shortest field of all providers', () => {
    expect(tokens.sign({ ...reference, attempt: 999_999 }).length).toBeLessThanOrEqual(100)
  })

  it('is still known after the secret was rotated, and not after it was taken away', () => {
    const old = createDeliveryTokens(['old secret']).sign(reference)
    expect(tokens.verify(old)).toEqual(reference)
    expect(createDeliveryTokens(['new secret']).verify(old)).toBeUndefined()
  })

  it('is not known once a character of it was changed', () => {
    const token = tokens.sign(reference)
    for (let index = 0; index < token.length; index += 1) {
      const other = token[index] === '0' ? '1' : '0'
      expect(tokens.verify(`${token.slice(0, index)}${other}${token.slice(index + 1)}`)).toBeUndefined()
    }
  })

  it('travels in the address of a callback, beside what is there already', () => {
    const url = addToken('https://c.test/webhooks/twilio?tenant=a', tokens.sign(reference))
    expect(new URL(url).searchParams.get('tenant')).toBe('a')
    expect(readToken(url, tokens)).toEqual(reference)
    expect(readToken('/webhooks/twilio?ref=no', tokens)).toBeUndefined()
    expect(readToken('/webhooks/twilio', tokens)).toBeUndefined()
  })

  it('needs a secret', () => {
    expect(() => createDeliveryTokens([])).toThrow('no secret')
  })
})
