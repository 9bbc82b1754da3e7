import { templateDefinitionSchema } from '@carillon/contracts'
import { describe, expect, it } from 'vitest'
import { checkDefinition } from './check-definition.ts'
import { prepareTemplate } from './prepare-template.ts'
import { SHIPPED_TEMPLATES } from './shipped/index.ts'

const define = (definition: unknown) => prepareTemplate('T', 1, templateDefinitionSchema.parse(definition))

function rendered(result: ReturnType<ReturnType<typeof define>['render']>) {
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.rendered
}

const texts = {
  en: { title: 'Shipped', message: 'Order {{ n }} left', sms: { text: '{{ n }} left', segmentsMax: 2 } },
  de: { title: 'Versandt', message: 'Bestellung {{ n }} ist unterwegs' },
  'de-AT': { push: { body: 'Is scho unterwegs: {{ n }}' } },
}

describe('a template for a person', () => {
  const template = define({ variables: [{ name: 'n' }], locales: texts })

  it('is in the person’s language, and in the default one for everybody else', () => {
    expect(rendered(template.render({ n: 1 }, 'de')).title).toBe('Versandt')
    for (const locale of [null, undefined, 'fr', 'not a tag'])
      expect(rendered(template.render({ n: 1 }, locale)).title).toBe('Shipped')
  })

  it('gives a channel its own text, and no title in front of a text message that was written as one', () => {
    expect(rendered(template.render({ n: 'A1' })).perChannel).toEqual({
      SMS: { title: '', text: 'A1 left', segmentsMax: 2 },
    })
  })

  it('never gives a channel another language while the person’s own has a text for it', () => {
    expect(rendered(template.render({ n: 1 }, 'de')).perChannel).toBeNull()
  })

  it('falls back along the locale, text by text', () => {
    const austrian = rendered(template.render({ n: 1 }, 'de-AT'))
    expect(austrian).toEqual({
      title: 'Versandt',
      message: 'Bestellung 1 ist unterwegs',
      perChannel: { PUSH: { text: 'Is scho unterwegs: 1' } },
    })
  })

  it('escapes values in html and in nothing else, and keeps a title on one line', () => {
    const t = define({
      variables: [{ name: 'n' }],
      locales: { en: { title: 'T {{ n }}', message: '{{ n }}', email: { html: '<p>{{ n }}</p>' } } },
    })
    expect(rendered(t.render({ n: '<b>\r\nBcc: x' }))).toEqual({
      title: 'T <b> Bcc: x',
      message: '<b>\r\nBcc: x',
      perChannel: { EMAIL: { html: '<p>&lt;b&gt;\r\nBcc: x</p>' } },
    })
  })

  it('that lacks variables is refused with every one of them', () => {
    const t = define({
      variables: [{ name: 'a' }, { name: 'b.c' }, { name: 'd', fallback: 'D' }],
      locales: { en: { title: '{{ a }}', message: '{{ b.c }}{{ d }}' } },
    })
    expect(t.render({ b: null })).toMatchObject({
      ok: false,
      problems: [{ path: 'variables.a' }, { path: 'variables.b.c' }],
    })
    expect(rendered(t.render({ a: 1, b: { c: 2 } })).message).toBe('2D')
  })

  it('whose value is no text is refused, never sent as [object Object]', () => {
    expect(template.render({ n: { toString: 'x' } })).toMatchObject({ ok: false, problems: [{ path: 'variables' }] })
  })

  it('gives way to the default language where one of its texts cannot be rendered', () => {
    const t = define({
      variables: [{ name: 'n' }],
      locales: {
        en: { title: 'T', message: 'fine' },
        de: { title: 'T', message: '{% for i in (1..100000000) %}{{ n }}{% endfor %}' },
      },
    })
    expect(rendered(t.render({ n: 1 }, 'de')).message).toBe('fine')
  })
})

describe('shipped templates', () => {
  const codes = [
    ...['ORDER_CONFIRMED', 'ORDER_READY', 'ORDER_CANCELLED', 'VERIFICATION_CODE', 'PASSWORD_RESET', 'DELIVERY_UPDATE'],
    ...['LOW_STOCK_ALERT', 'NEW_REVIEW', 'PAYMENT_FAILED', 'PAYMENT_RECEIVED', 'FARM_APPROVED', 'FARM_REJECTED'],
    ...['WELCOME', 'NEW_MESSAGE', 'PRICE_DROP', 'SEASONAL_PRODUCT', 'ORDER_CREATED', 'ORDER_SHIPPED'],
    ...['ORDER_DELIVERED', 'PAYMENT_CAPTURED', 'INVENTORY_LOW_STOCK'],
  ]

  it('are there for every code that services already use', () => {
    expect(Object.keys(SHIPPED_TEMPLATES).toSorted()).toEqual(codes.toSorted())
  })

  it.each(codes)('%s is a template that could be saved', (code) => {
    const definition = templateDefinitionSchema.parse(SHIPPED_TEMPLATES[code])
    expect(checkDefinition(definition)).toEqual([])
  })

  it.each(codes)('%s reads well with nothing but what it needs', (code) => {
    const definition = templateDefinitionSchema.parse(SHIPPED_TEMPLATES[code])
    const needed = definition.variables.filter(({ fallback }) => fallback === undefined)
    const data = Object.fromEntries(needed.map(({ name, sample }) => [name, sample]))
    const { title, message, perChannel } = rendered(prepareTemplate(code, 0, definition).render(data))
    for (const text of [title, message, ...Object.values(perChannel ?? {}).map((one) => one.text ?? 'x')])
      expect(text).toMatch(/^\S(?!.*( {2}| [.,!:]|undefined|\{\{|\(\)))/s)
  })

  it('need nothing of an event but codes and links', () => {
    const needed = Object.entries(SHIPPED_TEMPLATES).flatMap(([code, { variables }]) =>
      variables.flatMap(({ name, fallback }) => (fallback === undefined ? [`${code} ${name}`] : [])),
    )
    expect(needed.toSorted()).toEqual(['PASSWORD_RESET resetUrl', 'VERIFICATION_CODE code'])
  })
})
