import type { TemplateTexts } from '@carillon/contracts'
import type { TemplateOutput } from './template-engine.ts'

/** Every place of a locale where a source may stand. */
export interface Slot {
  readonly name: SlotName
  readonly output: TemplateOutput
  /** The general text that stands in for it. */
  readonly general: 'title' | 'message'
  read(texts: TemplateTexts): string | undefined
}

export type SlotName =
  | 'title'
  | 'message'
  | 'email.subject'
  | 'email.html'
  | 'email.text'
  | 'sms.text'
  | 'push.title'
  | 'push.body'
  | 'whatsapp.title'
  | 'whatsapp.text'

export const SLOTS: readonly Slot[] = [
  { name: 'title', output: 'text', general: 'title', read: (texts) => texts.title },
  { name: 'message', output: 'text', general: 'message', read: (texts) => texts.message },
  { name: 'email.subject', output: 'text', general: 'title', read: ({ email }) => email?.subject },
  { name: 'email.html', output: 'html', general: 'message', read: ({ email }) => email?.html },
  { name: 'email.text', output: 'text', general: 'message', read: ({ email }) => email?.text },
  { name: 'sms.text', output: 'text', general: 'message', read: ({ sms }) => sms?.text },
  { name: 'push.title', output: 'text', general: 'title', read: ({ push }) => push?.title },
  { name: 'push.body', output: 'text', general: 'message', read: ({ push }) => push?.body },
  { name: 'whatsapp.title', output: 'text', general: 'title', read: ({ whatsapp }) => whatsapp?.title },
  { name: 'whatsapp.text', output: 'text', general: 'message', read: ({ whatsapp }) => whatsapp?.text },
]
