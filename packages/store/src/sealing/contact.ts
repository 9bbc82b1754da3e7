import type { Channel } from '@carillon/contracts'
import type { FieldCipher } from './field-cipher.ts'
import { openJson } from './sealed-json.ts'

interface Contact {
  readonly email?: string
  readonly phone?: string
}

/** As it stands in a row: what an event named itself, and what is stored of the person. */
export interface ContactRow {
  readonly tenantId: string
  readonly channel: Channel
  readonly contact: Contact | string | null
  readonly email: string | null
  readonly phone: string | null
}

/** Opens only what this channel sends to: the rest would cost as much again. */
export function openContact({ tenantId, channel, contact, email, phone }: ContactRow, cipher: FieldCipher) {
  const open = (value: string | null, isWanted: boolean) =>
    value !== null && isWanted ? cipher.open(tenantId, value) : null
  return {
    contact: openJson(cipher, tenantId, contact),
    email: open(email, channel === 'EMAIL'),
    phone: open(phone, channel === 'SMS' || channel === 'WHATSAPP'),
  }
}
