import type { TemplateDefinition } from '@carillon/contracts'
import { ACCOUNT_TEMPLATES } from './account.ts'
import { ORDER_TEMPLATES } from './orders.ts'
import { PAYMENT_TEMPLATES } from './payments.ts'
import { SHOP_TEMPLATES } from './shop.ts'

/**
 * What every tenant has until it saves a template of its own with the same code. English only: whoever needs another
 * language saves its own. All but what makes a message worthless without it has a fallback, so that a short event is sent.
 */
export const SHIPPED_TEMPLATES: Readonly<Record<string, TemplateDefinition>> = {
  ...ORDER_TEMPLATES,
  ...PAYMENT_TEMPLATES,
  ...ACCOUNT_TEMPLATES,
  ...SHOP_TEMPLATES,
}
