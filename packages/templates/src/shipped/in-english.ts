import type { TemplateDefinition, TemplateTexts } from '@carillon/contracts'

type Variables = TemplateDefinition['variables']

/** The fallbacks that make a sentence read well where an event does not say more. */
export const NAMED = {
  orderNumber: { name: 'orderNumber', fallback: '', sample: 'A-1042' },
  customerName: { name: 'customerName', fallback: '', sample: 'Ann' },
  productName: { name: 'productName', fallback: 'A product', sample: 'Wildflower honey' },
  farmName: { name: 'farmName', fallback: 'Your farm', sample: 'Green Valley' },
  shopName: { name: 'shopName', fallback: '', sample: 'Acme' },
  amount: { name: 'amount', fallback: '', sample: '€ 24.90' },
} as const

/** ` A-1042` where the event names the order, nothing where it does not. */
export const ORDER = '{% if orderNumber != "" %} {{ orderNumber }}{% endif %}'
export const OF_AMOUNT = '{% if amount != "" %} of {{ amount }}{% endif %}'

export function inEnglish(description: string, variables: Variables, texts: TemplateTexts): TemplateDefinition {
  return { description, defaultLocale: 'en', variables, locales: { en: texts } }
}
