import { escapeHtml } from './escape-html.ts'
import { parseHttpsUrl } from './safe-url.ts'

/** A literal message is plain text: its blank lines part paragraphs, its https addresses become links. */
export function formatLiteralBody(message: string) {
  return toLines(message)
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${linkify(paragraph).replaceAll('\n', '<br>')}</p>`)
    .join('')
}

/** Control characters have no place in a mail; every kind of line break becomes `\n`. */
export function toLines(message: string) {
  return message
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .trim()
}

function linkify(text: string) {
  if (!text.includes('https://')) return escapeHtml(text)
  return text
    .split(/(https:\/\/[^\s<>"'`\\]+)/)
    .map((part, index) => (index % 2 === 0 ? escapeHtml(part) : formatLink(part)))
    .join('')
}

function formatLink(text: string) {
  // The full stop that ends a sentence is not part of the address.
  const address = text.replace(/[.,;:!?)\]}*_]+$/, '')
  const href = parseHttpsUrl(address)
  if (href === undefined) return escapeHtml(text)
  const rest = text.slice(address.length)
  return `<a href="${escapeHtml(href)}" rel="noopener">${escapeHtml(address)}</a>${escapeHtml(rest)}`
}
