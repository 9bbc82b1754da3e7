import { describe, expect, test } from 'vitest'
import { emailAddress, isEmailAddress, phoneNumber } from './addresses.ts'

describe('an e-mail address', () => {
  test.each([
    'ann@example.com',
    'ann.lee+tag@mail.example.co.uk',
    "o'neill@example.com",
    'a@b.co',
    'ann@xn--bcher-kva.example',
    'ann@3com.example',
    'ann@example.x1',
    `${'a'.repeat(64)}@example.com`,
  ])('%s is one', (address) => {
    expect(isEmailAddress(address)).toBe(true)
    expect(emailAddress.safeParse(address).success).toBe(true)
  })

  test.each([
    ['nothing', ''],
    ['no at', 'ann.example.com'],
    ['two ats', 'ann@lee@example.com'],
    ['no local part', '@example.com'],
    ['no domain', 'ann@'],
    ['a domain without a dot', 'ann@localhost'],
    ['an empty label', 'ann@example..com'],
    ['a dot at the start', '.ann@example.com'],
    ['a dot at the end of the local part', 'ann.@example.com'],
    ['two dots', 'ann..lee@example.com'],
    ['a dot at the end of the domain', 'ann@example.com.'],
    ['a hyphen at a label’s start', 'ann@-example.com'],
    ['a hyphen at a label’s end', 'ann@example-.com'],
    ['a display name', 'Ann <ann@example.com>'],
    ['angle brackets', '<ann@example.com>'],
    ['a comment', 'ann(comment)@example.com'],
    ['a quoted local part', '"ann lee"@example.com'],
    ['two addresses', 'ann@example.com,bob@example.com'],
    ['two addresses with a semicolon', 'ann@example.com;bob@example.com'],
    ['a route', '@a.example:ann@example.com'],
    ['a space before', ' ann@example.com'],
    ['a space after', 'ann@example.com '],
    ['a space inside', 'ann lee@example.com'],
    ['a line break after', 'ann@example.com\n'],
    ['a header behind', 'ann@example.com\r\nBcc: bob@example.com'],
    ['a line separator', 'ann@example.com\u2028'],
    ['NUL', 'ann\u0000@example.com'],
    ['a tab', 'ann\t@example.com'],
    ['a backslash', 'ann\\@example.com'],
    ['a bare IP address', 'ann@127.0.0.1'],
    ['an IP address in brackets', 'ann@[127.0.0.1]'],
    ['letters that look like others', 'аnn@example.com'],
    ['a full-width at', 'ann＠example.com'],
    ['a local part of 65', `${'a'.repeat(65)}@example.com`],
    ['a label of 64', `ann@${'a'.repeat(64)}.com`],
    ['255 characters', `ann@${'a.'.repeat(124)}com`],
    ['a percent route in the domain', 'ann%bob@exa%mple.com'],
  ])('is refused with %s', (_what, address) => {
    expect(isEmailAddress(address)).toBe(false)
    expect(emailAddress.safeParse(address).success).toBe(false)
  })

  test('of hostile length is refused at once', () => {
    const startedAt = performance.now()
    for (const hostile of [`${'a.'.repeat(50_000)}@`, `a@${'a-'.repeat(50_000)}`, `a@${'a.'.repeat(50_000)}`])
      expect(isEmailAddress(hostile)).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(200)
  })
})

describe('a phone number', () => {
  test.each(['+4915112345678', '+12025550123', '+2901234', '+123456789012345'])('%s is one', (number) => {
    expect(phoneNumber.safeParse(number).success).toBe(true)
  })

  test.each([
    '',
    '+',
    '004915112345678',
    '015112345678',
    '+049151123456',
    '+49 151 12345678',
    '+49-151-12345678',
    '+49(0)15112345678',
    '+123456',
    '+1234567890123456',
    '+4915112345678\n',
    '+49151١٢٣٤٥',
    'tel:+4915112345678',
    '+49151x',
  ])('%j is none', (number) => {
    expect(phoneNumber.safeParse(number).success).toBe(false)
  })
})
