import type { MessageContent, OutgoingMessage } from '@carillon/delivery'
import type { Draft } from './provider.ts'

/** WhatsApp lets a business begin a conversation with nothing but a template that was approved before. */
export interface WhatsAppTemplate {
  /** Twilio's name for it, `HX…`. */
  readonly contentSid?: string | undefined
  /** Meta's name for it, and the language that was approved. */
  readonly name?: string | undefined
  readonly language?: string | undefined
  /** What fills {{1}}, {{2}} and so on. */
  readonly variables: readonly TemplateVariable[]
}

export type TemplateVariable = 'title' | 'message' | 'actionUrl' | 'actionText'

export type FindTemplate = (message: OutgoingMessage) => WhatsAppTemplate | undefined

export interface WhatsAppDraft extends Draft {
  readonly template: WhatsAppTemplate
}

/** By the message's category; `*` stands for all that are not named. */
export function templatesByCategory(templates: Readonly<Record<string, WhatsAppTemplate>>): FindTemplate {
  return function findTemplate({ category }) {
    if (Object.hasOwn(templates, category)) return templates[category]
    return Object.hasOwn(templates, '*') ? templates['*'] : undefined
  }
}

const valueCharactersMax = 1_024

/** A value has no line break, tab or run of spaces and is never empty: WhatsApp refuses the message otherwise. */
export function fillVariables(variables: readonly TemplateVariable[], content: MessageContent): string[] {
  return variables.map((variable) => {
    const value = (content[variable] ?? '').toWellFormed().replace(/\s+/g, ' ').trim()
    return value === '' ? '-' : Array.from(value).slice(0, valueCharactersMax).join('')
  })
}
