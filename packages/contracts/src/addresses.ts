import { z } from 'zod'

const EMAIL_LENGTH_MAX = 254
const LOCAL_LENGTH_MAX = 64
// One addr-spec as RFC 5321 takes it without quoting: no comment, display name, space, CR or LF can hide in it. The last
// label has a letter, or a bare IP address would pass for a domain.
const ADDR_SPEC =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?=[0-9-]*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/

export function isEmailAddress(address: string): boolean {
  return address.length <= EMAIL_LENGTH_MAX && address.lastIndexOf('@') <= LOCAL_LENGTH_MAX && ADDR_SPEC.test(address)
}

export const emailAddress = z
  .string()
  .refine(isEmailAddress, 'must be exactly one e-mail address, like ann@example.com, of at most 254 characters')

/** The shape of E.164; whether a number exists and may be used is the SMS channel's question. */
export const phoneNumber = z.string().regex(/^\+[1-9]\d{6,14}$/, 'must be an E.164 phone number, like +4915112345678')
