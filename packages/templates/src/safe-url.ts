/** An https address without a user name in front of the host, normalised; nothing else may become a link. */
export function parseHttpsUrl(text: string): string | undefined {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined
  return url.href
}

/** An address of our own making; a development set-up has no https. */
export function parseWebUrl(text: string): string | undefined {
  const url = URL.parse(text)
  return url && /^https?:$/.test(url.protocol) ? url.href : undefined
}

/** https as it is; a path is joined to the configured base; everything else, and a path without a base, is dropped. */
export function resolveActionUrl(actionUrl: string, publicBaseUrl?: string): string | undefined {
  // A browser reads backslashes as slashes and drops tabs and line breaks, so that `/\evil` would leave the base.
  if (/[\p{Cc}\\]/u.test(actionUrl)) return undefined
  const text = actionUrl.trim()
  if (/^https:\/\//i.test(text)) return parseHttpsUrl(text)
  if (publicBaseUrl === undefined || !isRelative(text)) return undefined
  const base = URL.parse(publicBaseUrl.endsWith('/') ? publicBaseUrl : `${publicBaseUrl}/`)
  const url = URL.parse(text, base?.href)
  return base && url?.origin === base.origin && /^https?:$/.test(url.protocol) ? url.href : undefined
}

function isRelative(text: string) {
  return text !== '' && !text.startsWith('//') && !/^[a-z][a-z\d+.-]*:/i.test(text)
}
