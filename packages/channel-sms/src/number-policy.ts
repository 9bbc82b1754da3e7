import { type CountryCode, type NumberType, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { SmsReason } from './reasons.ts'

export interface NumberPolicy {
  /** ISO 3166 codes; every country when absent. A number that belongs to no country is then still refused. */
  readonly countries?: readonly string[]
  /** Kinds of numbers that may be written to; mobile ones when absent. Premium numbers are refused whatever it says. */
  readonly types?: readonly NumberType[]
}

export type CheckedNumber =
  | { readonly ok: true; readonly number: string; readonly country: CountryCode }
  | { readonly ok: false; readonly reason: SmsReason; readonly error: string }

const usualTypes: readonly NumberType[] = ['MOBILE', 'FIXED_LINE_OR_MOBILE', 'VOIP', 'PERSONAL_NUMBER']
/** Whoever writes to these pays, or someone else earns: the classic fraud with text messages. */
const neverTypes: readonly NumberType[] = ['PREMIUM_RATE', 'SHARED_COST']

export function checkNumber(address: string, { countries, types = usualTypes }: NumberPolicy): CheckedNumber {
  const parsed = /^\+[1-9]\d{6,14}$/.test(address) ? parsePhoneNumberFromString(address) : undefined
  if (!parsed?.isValid() || parsed.number !== address) return refuse('sms_number_malformed', 'not a valid number')
  const { country, number } = parsed
  const allowed = countries?.map((code) => code.toUpperCase())
  if (country === undefined || (allowed && !allowed.includes(country))) {
    return refuse('sms_country_not_allowed', `country ${country ?? 'unknown'}`)
  }
  const type = parsed.getType()
  if (neverTypes.includes(type) || !types.includes(type)) {
    return refuse('sms_number_type_refused', `type ${type ?? 'unknown'}`)
  }
  return { ok: true, number, country }
}

function refuse(reason: SmsReason, error: string): CheckedNumber {
  return { ok: false, reason, error }
}
