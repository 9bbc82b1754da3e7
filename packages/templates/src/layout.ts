import type { Brand } from './brand.ts'
import { brandColor, inkOn } from './brand.ts'
import { escapeHtml } from './escape-html.ts'
import { canonicalLocale, textDirection } from './locale.ts'
import { parseHttpsUrl } from './safe-url.ts'

/**
 * The mail's layout: tables and inlined styles, because Outlook knows little else. Dark mode is the one thing that only
 * a style block can do; clients that drop it show the light version.
 */
export interface LayoutParts {
  readonly subject: string
  readonly title: string
  readonly preheader: string
  /** Sanitised or escaped already. */
  readonly bodyHtml: string
  readonly action?: { readonly url: string; readonly text: string }
  readonly unsubscribeUrl?: string
  readonly locale?: string
  readonly brand: Brand
}

const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no">
<!--[if mso]><xml><o:OfficeDocumentSettings><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml><![endif]-->
<style>:root{color-scheme:light dark}@media(prefers-color-scheme:dark){.page{background:#14161a!important}.card{background:#1e2127!important;border-color:#2c3038!important}.ink,.body,.body p,.body li,.body td,.body th{color:#e7e9ee!important}.quiet,.quiet a{color:#9aa1ad!important}.body a{color:#8fb0ff!important}.body pre,.body code{background:#14161a!important}}@media(max-width:620px){.card{border-radius:0!important}.pad{padding-left:20px!important;padding-right:20px!important}}</style>`

const table = '<table role="presentation" border="0" cellpadding="0" cellspacing="0"'

export function layOutMail(parts: LayoutParts) {
  const { brand, subject, title, bodyHtml } = parts
  const locale = canonicalLocale(parts.locale) ?? 'en'
  return `<!doctype html>
<html lang="${escapeHtml(locale)}" dir="${textDirection(locale)}" xmlns:o="urn:schemas-microsoft-com:office:office"><head>${head}
<title>${escapeHtml(subject)}</title></head>
<body class="page" style="margin:0;padding:0;background:#f3f4f6;-webkit-text-size-adjust:100%">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${escapeHtml(parts.preheader)}${preheaderFiller}</div>
${table} width="100%" class="page" style="background:#f3f4f6"><tr><td align="center" style="padding:32px 0">
<!--[if mso]>${table} width="600"><tr><td><![endif]-->
${table} width="100%" style="max-width:600px">
<tr><td class="pad" style="padding:0 32px 16px">${formatBrand(brand)}</td></tr>
<tr><td class="card pad" style="background:#ffffff;border:1px solid #e3e6eb;border-radius:10px;padding:32px">
${formatTitle(title)}<div class="body" style="${font};font-size:16px;line-height:1.55;color:#2b303a">${inlineStyles(bodyHtml)}</div>
${formatAction(parts)}</td></tr>
<tr><td class="pad quiet" style="padding:20px 32px 0;${font};font-size:13px;line-height:1.5;color:#6b7280">${formatFooter(parts)}</td></tr>
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</body></html>
`
}

// Keeps the mailbox preview from going on with the brand and the footer after a short message.
const preheaderFiller = '&#8199;&#847;'.repeat(40)

function formatTitle(title: string) {
  if (title === '') return ''
  const style = `margin:0 0 16px;${font};font-size:21px;line-height:1.3;font-weight:600;color:#15181e`
  return `<h1 class="ink" style="${style}">${escapeHtml(title)}</h1>`
}

function formatBrand(brand: Brand) {
  const name = escapeHtml(brand.name)
  const logoUrl = brand.logoUrl === undefined ? undefined : parseHttpsUrl(brand.logoUrl)
  const style = `${font};font-size:15px;font-weight:600;letter-spacing:.01em;color:${brandColor(brand)};text-decoration:none`
  const content = logoUrl
    ? `<img src="${escapeHtml(logoUrl)}" alt="${name}" height="32" style="display:block;border:0;height:32px">`
    : name
  const websiteUrl = brand.websiteUrl === undefined ? undefined : parseHttpsUrl(brand.websiteUrl)
  if (!websiteUrl) return `<span style="${style}">${content}</span>`
  return `<a href="${escapeHtml(websiteUrl)}" rel="noopener" style="${style}">${content}</a>`
}

function formatAction({ action, brand }: LayoutParts) {
  if (!action) return ''
  const color = brandColor(brand)
  const style = `display:inline-block;padding:12px 22px;${font};font-size:16px;font-weight:600;line-height:1.25;color:${inkOn(color)};text-decoration:none`
  const link = `<a href="${escapeHtml(action.url)}" rel="noopener" style="${style}">${escapeHtml(action.text)}</a>`
  return `${table} style="margin:24px 0 0"><tr><td bgcolor="${color}" style="background:${color};border-radius:8px;mso-padding-alt:12px 22px">${link}</td></tr></table>`
}

function formatFooter({ brand, unsubscribeUrl }: LayoutParts) {
  const lines = [
    brand.footer === undefined ? escapeHtml(brand.name) : escapeHtml(brand.footer).replaceAll('\n', '<br>'),
  ]
  if (unsubscribeUrl !== undefined) {
    const text = escapeHtml(brand.unsubscribeText ?? 'Unsubscribe')
    lines.push(`<a href="${escapeHtml(unsubscribeUrl)}" rel="noopener" style="color:#6b7280">${text}</a>`)
  }
  return lines.join('<br>')
}

const bodyStyles: Readonly<Record<string, string>> = {
  p: 'margin:0 0 14px',
  ul: 'margin:0 0 14px;padding-left:22px',
  ol: 'margin:0 0 14px;padding-left:22px',
  li: 'margin:0 0 6px',
  a: 'color:#2f5bd7',
  h1: 'margin:0 0 14px;font-size:20px;line-height:1.3',
  h2: 'margin:0 0 12px;font-size:18px;line-height:1.3',
  h3: 'margin:0 0 10px;font-size:16px;line-height:1.35',
  h4: 'margin:0 0 8px;font-size:15px;line-height:1.35',
  blockquote: 'margin:0 0 14px;padding:0 0 0 14px;border-left:3px solid #d5d9e0',
  pre: 'margin:0 0 14px;padding:12px;background:#f3f4f6;border-radius:6px;font-family:Consolas,Menlo,monospace;font-size:14px;white-space:pre-wrap',
  code: 'font-family:Consolas,Menlo,monospace;font-size:14px',
  hr: 'border:0;border-top:1px solid #e3e6eb;margin:20px 0',
  th: 'padding:6px 12px 6px 0;text-align:start;vertical-align:top',
  td: 'padding:6px 12px 6px 0;vertical-align:top',
  img: 'max-width:100%;height:auto;border:0',
}

/** In what was sanitised or escaped a `<` begins one of our allowed tags, and none of them has a style of its own. */
function inlineStyles(bodyHtml: string) {
  return bodyHtml.replace(/<([a-z]+\d?)(?=[ >/])/g, (tag, name) => {
    const style = bodyStyles[name]
    return style === undefined ? tag : `${tag} style="${style}"`
  })
}
