/** From the most exact to the default: `pt-BR` gives `pt-BR`, `pt`, `en`. What is no locale gives the default alone. */
export function fallbackLocales(locale: string | undefined, defaultLocale = 'en'): string[] {
  const parts = canonicalLocale(locale)?.split('-') ?? []
  const chain = parts.map((_, index) => parts.slice(0, parts.length - index).join('-'))
  return [...new Set([...chain, defaultLocale])]
}

export function canonicalLocale(locale: string | undefined): string | undefined {
  if (locale === undefined) return undefined
  try {
    return Intl.getCanonicalLocales(locale.replaceAll('_', '-'))[0]
  } catch {
    return undefined
  }
}

const rightToLeft = new Set(['ar', 'dv', 'fa', 'he', 'ps', 'sd', 'ug', 'ur', 'yi'])

export function textDirection(locale: string) {
  return rightToLeft.has(locale.split('-')[0] ?? '') ? 'rtl' : 'ltr'
}
