import sanitize from 'sanitize-html'
import { parseHttpsUrl } from './safe-url.ts'

const dropped = ['script', 'style', 'textarea', 'option', 'noscript', 'title', 'svg', 'math', 'iframe', 'object', 'xmp']

const settings: sanitize.IOptions = {
  allowedTags: [
    ...['h1', 'h2', 'h3', 'h4', 'p', 'br', 'hr', 'blockquote', 'pre', 'code', 'ul', 'ol', 'li'],
    ...['a', 'b', 'strong', 'i', 'em', 'u', 's', 'small', 'sub', 'sup', 'span', 'div', 'img'],
    ...['table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  allowedAttributes: {
    a: ['href', 'rel'],
    img: ['src', 'alt', 'width', 'height'],
    th: ['colspan', 'rowspan'],
    td: ['colspan', 'rowspan'],
  },
  allowedSchemes: ['https', 'mailto'],
  allowedSchemesByTag: { img: ['https'] },
  allowProtocolRelative: false,
  nonTextTags: dropped,
  nestingLimit: 32,
  transformTags: {
    a: (tagName, { href }) => {
      const target = parseLink(href)
      return { tagName, attribs: target === undefined ? {} : { href: target, rel: 'noopener' } }
    },
    img: (tagName, { src, alt = '', width, height }) => ({
      tagName,
      attribs: {
        ...(isImage(src) && { src }),
        alt,
        ...(isNumber(width) && { width }),
        ...(isNumber(height) && { height }),
      },
    }),
  },
  exclusiveFilter: ({ tag, attribs }) => tag === 'img' && attribs.src === undefined,
}

/**
 * The one place where HTML of a body is made harmless. It must run before the body is placed in the layout: the other
 * way round it would strip the layout's own styles. Its result never goes into an attribute.
 */
export function sanitiseHtml(html: string) {
  return sanitize(html, settings)
}

// A relative address means nothing in a mailbox, so it is no link.
function parseLink(href: string | undefined) {
  if (href === undefined) return undefined
  return /^mailto:/i.test(href.trim()) ? href.trim() : parseHttpsUrl(href)
}

function isImage(src: string | undefined): src is string {
  return src !== undefined && /^https:\/\//i.test(src.trim())
}

function isNumber(length: string | undefined): length is string {
  return length !== undefined && /^\d{1,4}$/.test(length)
}
