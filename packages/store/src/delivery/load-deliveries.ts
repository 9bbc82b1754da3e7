import type { Channel, ChannelText, MailIdentity, Preferences } from '@carillon/contracts'
import type { Device, LoadedDelivery, MessageContent } from '@carillon/delivery'
import type { Pool } from 'pg'
import { runStatement } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import { type ContactRow, openContact } from '../sealing/contact.ts'
import type { FieldCipher } from '../sealing/field-cipher.ts'
import { openJson } from '../sealing/sealed-json.ts'
import { LOAD_DELIVERIES } from '../sql/deliver.ts'

interface Metadata {
  readonly actionUrl?: unknown
  readonly actionText?: unknown
}

/** What every statement reads of a notification's texts. */
export interface ContentRow {
  readonly tenantId: string
  readonly title: string | null
  readonly message: string | null
  readonly content: ChannelText | null
  readonly metadata: Metadata | string | null
  readonly locale: string | null
}

interface LoadedRow extends ContentRow, ContactRow {
  readonly id: string
  readonly notificationId: string
  readonly tenantId: string
  readonly recipientId: string
  readonly channel: Channel
  readonly isPending: boolean
  readonly category: string | null
  readonly traceparent: string | null
  readonly maxAttempts: number
  readonly resends: number
  readonly expiresAtSeconds: number
  readonly acceptedAtSeconds: number
  readonly isKnown: boolean
  readonly preferences: Preferences | null
  readonly isMandatory: boolean
  readonly categoryPreferences: Preferences | null
  readonly tenantPreferences: Preferences | null
  readonly mailIdentity: MailIdentity | null
  readonly devices: readonly Device[] | null
}

export async function loadDeliveries(pool: Pool, ids: readonly string[]): Promise<readonly LoadedDelivery[]> {
  const rows = await runStatement<LoadedRow>(pool, LOAD_DELIVERIES, [ids])
  const cipher = cipherOf(pool)
  return rows.map((row) => toLoadedDelivery(row, cipher))
}

/** Written out, since copying all that is left of a row takes twice as long. */
function toLoadedDelivery(row: LoadedRow, cipher: FieldCipher): LoadedDelivery {
  const { contact, email, phone } = openContact(row, cipher)
  return {
    id: row.id,
    notificationId: row.notificationId,
    tenantId: row.tenantId,
    recipientId: row.recipientId,
    channel: row.channel,
    isPending: row.isPending,
    category: row.category ?? 'general',
    isMandatory: row.isMandatory,
    content: toContent(row, cipher),
    contact,
    user: row.isKnown ? { email, phone, preferences: row.preferences ?? {} } : null,
    devices: row.devices?.map(({ token, platform }) => ({ token: cipher.open(row.tenantId, token), platform })) ?? [],
    tenantPreferences: row.tenantPreferences,
    categoryPreferences: row.categoryPreferences,
    mailIdentity: row.mailIdentity,
    maxAttempts: row.maxAttempts,
    resends: row.resends,
    acceptedAt: toDate(row.acceptedAtSeconds),
    expiresAt: toDate(row.expiresAtSeconds),
    traceparent: row.traceparent,
  }
}

function toDate(seconds: number): Date {
  return new Date(Math.round(seconds * 1_000))
}

/** What a template rendered for this channel stands before the notification's own texts. */
export function toContent(row: ContentRow, cipher: FieldCipher): MessageContent {
  const { title, message, content, locale } = row
  const { actionUrl, actionText } = openJson(cipher, row.tenantId, row.metadata) ?? {}
  return {
    title: content?.title ?? title ?? '',
    message: content?.text ?? message ?? '',
    ...(content?.html !== undefined && {
      html: content.html,
      ...(content.text !== undefined && { text: content.text }),
    }),
    ...(content?.segmentsMax !== undefined && { segmentsMax: content.segmentsMax }),
    ...(typeof actionUrl === 'string' && { actionUrl }),
    ...(typeof actionText === 'string' && { actionText }),
    ...(locale !== null && { locale }),
  }
}
