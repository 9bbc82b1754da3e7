import { compile } from 'html-to-text'

const convert = compile({
  wordwrap: false,
  limits: { maxDepth: 40, maxInputLength: 1 << 20 },
  selectors: [
    { selector: 'img', format: 'skip' },
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
    ...['h1', 'h2', 'h3', 'h4'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
})

/** The text part of a body that was written as HTML, taken after it was sanitised. */
export function convertHtmlToText(html: string) {
  return convert(html).trim()
}
