import type { OutgoingMessage } from '@carillon/delivery'
import { resolveActionUrl, toSingleLine } from '@carillon/templates'
import { cutText } from './cut-text.ts'

/** What every platform shows and gets beside it, before it is put into a platform's shape. */
export interface PushNote {
  readonly title: string
  readonly body: string
  /** Where a browser goes by itself; apps read `data.actionUrl`. */
  readonly link?: string
  readonly data: NoteData
}

export interface NoteData {
  readonly notificationId: string
  readonly deliveryId: string
  readonly actionUrl?: string
  readonly actionText?: string
  readonly category?: string
}

type NoteSource = Pick<OutgoingMessage, 'content' | 'notificationId' | 'deliveryId' | 'category'>

const bodyCharactersMax = 150

/** Also what a preview shows. */
export function composeNote(message: NoteSource, publicBaseUrl?: string): PushNote {
  const { content, notificationId, deliveryId, category } = message
  const { actionUrl, actionText } = content
  const link = actionUrl === undefined ? undefined : resolveActionUrl(actionUrl, publicBaseUrl)
  return {
    title: toSingleLine(content.title),
    body: cutText(toPlainLines(content.message), bodyCharactersMax),
    ...(link?.startsWith('https:') && { link }),
    data: {
      notificationId,
      deliveryId,
      ...(actionUrl !== undefined && { actionUrl }),
      ...(actionText !== undefined && { actionText }),
      category,
    },
  }
}

function toPlainLines(text: string) {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n]/gu, ' ')
    .trim()
}

/**
 * What goes, in this order, until the encoded message fits: what is only nice to have, the link that `data` names too,
 * the longer half of the body, the end of the title, and last the action. The two ids always stay.
 */
const trims: readonly ((note: PushNote) => PushNote)[] = [
  ({ data: { category, ...data }, ...note }) => ({ ...note, data }),
  ({ data: { actionText, ...data }, ...note }) => ({ ...note, data }),
  ({ link, ...note }) => note,
  (note) => ({ ...note, body: cutText(note.body, bodyCharactersMax / 2) }),
  (note) => ({ ...note, title: cutText(note.title, 100) }),
  ({ data: { actionUrl, ...data }, ...note }) => ({ ...note, data }),
]

/** The encoded message with as much of the note as fits. */
export function encodeWithin(bytesMax: number, note: PushNote, encode: (note: PushNote) => string): string {
  let fitting = note
  let encoded = encode(fitting)
  for (const trim of trims) {
    if (Buffer.byteLength(encoded) <= bytesMax) return encoded
    fitting = trim(fitting)
    encoded = encode(fitting)
  }
  return encoded
}

const ttlSecondsMax = 28 * 24 * 3_600

/** As long as the message is still useful; 0 is now or never. */
export function readTtlSeconds(expiresAt: Date, nowMs: number): number {
  return Math.min(ttlSecondsMax, Math.max(0, Math.floor((expiresAt.getTime() - nowMs) / 1_000)))
}
