import type { Brand } from './brand.ts'
import { plainBrand } from './brand.ts'
import { convertHtmlToText } from './html-text.ts'
import { layOutMail } from './layout.ts'
import { formatLiteralBody, toLines } from './literal-body.ts'
import { parseWebUrl, resolveActionUrl } from './safe-url.ts'
import { sanitiseHtml } from './sanitise-html.ts'
import { toSingleLine } from './single-line.ts'

export interface MailContent {
  readonly title: string
  /** Plain text, never markup. */
  readonly message: string
  /** A body rendered from a template; it takes the place of the message. */
  readonly html?: string
  /** Written for readers without HTML; made from `html` when absent. */
  readonly text?: string
  readonly actionUrl?: string
  readonly actionText?: string
  readonly locale?: string
  readonly brand?: Brand
  /** Where a relative `actionUrl` leads. */
  readonly publicBaseUrl?: string
  /** Ours, and absolute. */
  readonly unsubscribeUrl?: string
}

export interface RenderedMail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

export function renderMail(content: MailContent): RenderedMail {
  const brand = content.brand ?? plainBrand
  const body = renderBody(content)
  const title = toSingleLine(content.title)
  const subject = title || cut(toSingleLine(body.text), subjectCharactersMax) || toSingleLine(brand.name)
  const action = chooseAction(content, brand)
  const unsubscribeUrl = parseWebUrl(content.unsubscribeUrl ?? '')
  const html = layOutMail({
    subject,
    title,
    preheader: cut(toSingleLine(body.text), preheaderCharactersMax),
    bodyHtml: body.html,
    brand,
    ...(action && { action }),
    ...(unsubscribeUrl !== undefined && { unsubscribeUrl }),
    ...(content.locale !== undefined && { locale: content.locale }),
  })
  return { subject, text: joinText({ title, body: body.text, action, unsubscribeUrl, brand }), html }
}

const subjectCharactersMax = 78
const preheaderCharactersMax = 120

function renderBody({ html, message, text }: MailContent) {
  if (html === undefined) return { html: formatLiteralBody(message), text: toLines(message) }
  const safeHtml = sanitiseHtml(html)
  return { html: safeHtml, text: text === undefined ? convertHtmlToText(safeHtml) : toLines(text) }
}

function chooseAction({ actionUrl, actionText, publicBaseUrl }: MailContent, brand: Brand) {
  const url = actionUrl === undefined ? undefined : resolveActionUrl(actionUrl, publicBaseUrl)
  if (url === undefined) return undefined
  return { url, text: toSingleLine(actionText ?? '') || brand.actionText || 'Open' }
}

interface TextParts {
  readonly title: string
  readonly body: string
  readonly action: { readonly url: string; readonly text: string } | undefined
  readonly unsubscribeUrl: string | undefined
  readonly brand: Brand
}

function joinText({ title, body, action, unsubscribeUrl, brand }: TextParts) {
  const footer = [`-- \n${brand.footer ?? brand.name}`]
  if (unsubscribeUrl !== undefined) footer.push(`${brand.unsubscribeText ?? 'Unsubscribe'}: ${unsubscribeUrl}`)
  const parts = [title, body, action ? `${action.text}: ${action.url}` : '', footer.join('\n')]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

/** Cuts at a character that people see as one, so that no emoji is torn. */
function cut(text: string, charactersMax: number) {
  if (text.length <= charactersMax) return text
  const whole = [...segmenter.segment(text.slice(0, charactersMax + 1))].slice(0, -1).map(({ segment }) => segment)
  return `${whole.join('').trimEnd()}…`
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
