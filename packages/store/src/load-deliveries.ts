import type { Channel, ChannelText, MailIdentity, Preferences } from '@carillon/contracts'
import type { Device, LoadedDelivery, MessageContent } from '@carillon/delivery'
import { type Database, runStatement } from './run-statement.ts'
import { LOAD_DELIVERIES } from './sql/deliver.ts'

/** What every statement reads of a notification's texts. */
export interface ContentRow {
  readonly title: string | null
  readonly message: string | null
  readonly content: ChannelText | null
  readonly actionUrl: string | null
  readonly actionText: string | null
  readonly locale: string | null
}

interface LoadedRow extends ContentRow {
  readonly id: string
  readonly notificationId: string
  readonly tenantId: string
  readonly recipientId: string
  readonly channel: Channel
  readonly isPending: boolean
  readonly category: string | null
  readonly contact: { readonly email?: string; readonly phone?: string } | null
  readonly traceparent: string | null
  readonly maxAttempts: number
  readonly resends: number
  readonly expiresAt: Date
  readonly acceptedAt: Date
  readonly isKnown: boolean
  readonly email: string | null
  readonly phone: string | null
  readonly preferences: Preferences | null
  readonly isMandatory: boolean
  readonly categoryPreferences: Preferences | null
  readonly tenantPreferences: Preferences | null
  readonly mailIdentity: MailIdentity | null
  readonly devices: readonly Device[] | null
}

export async function loadDeliveries(database: Database, ids: readonly string[]): Promise<readonly LoadedDelivery[]> {
  const rows = await runStatement<LoadedRow>(database, LOAD_DELIVERIES, [ids])
  return rows.map(toLoadedDelivery)
}

function toLoadedDelivery(row: LoadedRow): LoadedDelivery {
  const { isKnown, email, phone, preferences, title, message, content, actionUrl, actionText, locale, ...rest } = row
  return {
    ...rest,
    devices: row.devices ?? [],
    category: row.category ?? 'general',
    content: toContent(row),
    user: isKnown ? { email, phone, preferences: preferences ?? {} } : null,
  }
}

/** What a template rendered for this channel stands before the notification's own texts. */
export function toContent({ title, message, content, actionUrl, actionText, locale }: ContentRow): MessageContent {
  return {
    title: content?.title ?? title ?? '',
    message: content?.text ?? message ?? '',
    ...(content?.html !== undefined && {
      html: content.html,
      ...(content.text !== undefined && { text: content.text }),
    }),
    ...(content?.segmentsMax !== undefined && { segmentsMax: content.segmentsMax }),
    ...(actionUrl !== null && { actionUrl }),
    ...(actionText !== null && { actionText }),
    ...(locale !== null && { locale }),
  }
}
