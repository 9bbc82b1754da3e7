import { describe, expect, it } from 'vitest'
import { checkNumber, type NumberPolicy } from './number-policy.ts'

describe('whether a number may be written to', () => {
  const refused = (reason: string) => ({ ok: false, reason })
  const rows: [string, string, NumberPolicy, object][] = [
    ['a German mobile', '+4915112345678', {}, { ok: true, country: 'DE' }],
    ['a number of the USA, which does not tell its kind', '+14155552671', {}, { ok: true, country: 'US' }],
    ['a British mobile', '+447400123456', {}, { ok: true, country: 'GB' }],
    ['an allowed country', '+4915112345678', { countries: ['de', 'AT'] }, { ok: true }],
    ['another country', '+447400123456', { countries: ['DE'] }, refused('sms_country_not_allowed')],
    [
      'Canada, where only the USA are allowed',
      '+16135550123',
      { countries: ['US'] },
      refused('sms_country_not_allowed'),
    ],
    [
      'Jersey, where only Britain is allowed',
      '+447797123456',
      { countries: ['GB'] },
      refused('sms_country_not_allowed'),
    ],
    ['a satellite phone, which has no country', '+870301234567', {}, refused('sms_country_not_allowed')],
    ['a German landline', '+493012345678', {}, refused('sms_number_type_refused')],
    ['a landline, where they are allowed', '+493012345678', { types: ['FIXED_LINE'] }, { ok: true }],
    ['a German premium number', '+499001234567', {}, refused('sms_number_type_refused')],
    [
      'a premium number, whatever is allowed',
      '+499001234567',
      { types: ['PREMIUM_RATE'] },
      refused('sms_number_type_refused'),
    ],
    ['a British shared-cost number', '+448456012345', { types: ['SHARED_COST'] }, refused('sms_number_type_refused')],
    ['a toll-free number', '+18002345678', {}, refused('sms_number_type_refused')],
    ['too short', '+49151', {}, refused('sms_number_malformed')],
    ['no such prefix', '+11234567890', {}, refused('sms_number_malformed')],
    ['without its plus sign', '4915112345678', {}, refused('sms_number_malformed')],
    ['with spaces', '+49 151 12345678', {}, refused('sms_number_malformed')],
    ['with an extension', '+4915112345678;ext=5', {}, refused('sms_number_malformed')],
    ['with a line break', '+4915112345678\n', {}, refused('sms_number_malformed')],
    ['a prefix of another channel', 'whatsapp:+4915112345678', {}, refused('sms_number_malformed')],
    ['nothing', '', {}, refused('sms_number_malformed')],
  ]
  it.each(rows)('%s', (_name, address, policy, expected) => {
    expect(checkNumber(address, policy)).toMatchObject(expected)
  })

  it('never says the number when it refuses it', () => {
    for (const address of ['+493012345678', '+499001234567', '+870301234567', '+49 151 12345678']) {
      expect(JSON.stringify(checkNumber(address, {}))).not.toMatch(/\d{5}/)
    }
  })
})
