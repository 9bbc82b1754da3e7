import { createHash } from 'node:crypto'

/**
 * Pages for a person who came from a mail, on whatever device: no script, nothing fetched from elsewhere, one button.
 * The style stands in the page and is named in the policy by its hash, so that nothing else may style or run.
 */
const STYLE = `
:root{color-scheme:light dark}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:#f5f6f8;color:#1c2430;
font:17px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:30rem;margin:1.5rem;padding:2.25rem 2.25rem 2rem;background:#fff;border-radius:14px;
box-shadow:0 1px 2px rgba(16,24,40,.08),0 12px 32px rgba(16,24,40,.08)}
h1{margin:0 0 .75rem;font-size:1.4rem;line-height:1.3;letter-spacing:-.01em}
p{margin:0 0 1rem;color:#48525f}
p:last-child{margin-bottom:0}
strong{color:#1c2430;overflow-wrap:anywhere}
button{font:inherit;font-weight:600;padding:.7rem 1.4rem;border:0;border-radius:9px;background:#1f4fd8;color:#fff;
cursor:pointer;margin:.25rem 0 1.25rem}
button:hover{background:#1a43b8}
button:focus-visible{outline:3px solid #8fb0ff;outline-offset:2px}
@media (prefers-color-scheme:dark){body{background:#12151a;color:#e8ebf0}main{background:#1b2027;box-shadow:none}
p{color:#a9b3bf}strong{color:#e8ebf0}button{background:#5b86ff;color:#0b1020}button:hover{background:#7a9cff}}
`

const styleHash = createHash('sha256').update(STYLE).digest('base64')

export const PAGE_HEADERS = {
  'content-security-policy':
    `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; ` +
    "frame-ancestors 'none'",
  // Mailbox providers look at such pages; nobody should find one in a search.
  'x-robots-tag': 'noindex, nofollow',
} as const

export function composeQuestion(category: string): string {
  return layOut(
    'Unsubscribe',
    `<h1>Stop these e-mails?</h1>
<p>You will get no more e-mails about <strong>${escapeText(category)}</strong>.</p>
<form method="post"><button type="submit">Unsubscribe</button></form>
<p>Nothing changes until you press the button. Messages that you need for your account, such as sign-in codes, are not
part of this.</p>`,
  )
}

export function composeDone(category: string): string {
  return layOut(
    'Unsubscribed',
    `<h1>You are unsubscribed</h1>
<p>There will be no more e-mails about <strong>${escapeText(category)}</strong>. One that is on its way at this moment
may still arrive.</p>
<p>You can turn them on again in your notification settings.</p>`,
  )
}

export function composeUnknown(): string {
  return layOut(
    'Link not valid',
    `<h1>This link does not work</h1>
<p>It may have been cut on its way. Open the link of the mail again, or copy all of it.</p>`,
  )
}

function layOut(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${title}</title><style>${STYLE}</style></head>
<body><main>
${body}
</main></body></html>
`
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
