import type { ChannelText, ChannelTexts, Problem, TemplateDefinition, TemplateTexts } from '@carillon/contracts'
import { declareVariables, findMissingVariables, type Variables } from './declare-variables.ts'
import { fallbackLocales } from './locale.ts'
import { type CompiledTemplate, compileTemplate, type TemplateResult } from './render-template.ts'
import { toSingleLine } from './single-line.ts'
import { SLOTS, type Slot, type SlotName } from './template-slots.ts'

export interface RenderedTemplate {
  readonly title: string
  readonly message: string
  /** Only channels whose texts differ from title and message. */
  readonly perChannel: ChannelTexts | null
}

export type TemplateRendering =
  | { readonly ok: true; readonly rendered: RenderedTemplate }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** A version of a template, compiled as far as it was used, rendered often. */
export interface PreparedTemplate {
  readonly code: string
  readonly version: number
  readonly definition: TemplateDefinition
  /** `locale` is the person's; the default one is what is left when no other has a text. */
  render(variables: Variables, locale?: string | null): TemplateRendering
}

const RENDERED_LENGTH_MAX = 131_072
const TITLE_LENGTH_MAX = 256

class SlotFailure extends Error {}

export function prepareTemplate(code: string, version: number, definition: TemplateDefinition): PreparedTemplate {
  const variables = declareVariables(definition)
  const compiled = new Map<string, CompiledTemplate>()

  function renderSlot(name: SlotName, chain: readonly string[], data: Variables): string | undefined {
    const found = findSource(definition, slotOf(name), chain)
    if (!found) return undefined
    const key = `${found.locale} ${name}`
    const template = compiled.get(key) ?? compileSlot(found.source, name)
    compiled.set(key, template)
    return readResult(template.render(data), name)
  }

  function compileSlot(source: string, name: SlotName): CompiledTemplate {
    const template = compileTemplate(source, variables, slotOf(name).output)
    // Checked when it was saved: only a row that was edited by hand comes here.
    if ('problem' in template) throw new SlotFailure(`${name}: ${template.problem.detail}`)
    return template
  }

  function renderChain(chain: readonly string[], data: Variables): RenderedTemplate {
    const read = (name: SlotName) => renderSlot(name, chain, data)
    const texts = {
      EMAIL: describe({ title: read('email.subject'), html: read('email.html'), text: read('email.text') }),
      SMS: describeSms(read('sms.text'), findSegments(definition, chain)),
      PUSH: describe({ title: read('push.title'), text: read('push.body') }),
      WHATSAPP: describe({ title: read('whatsapp.title'), text: read('whatsapp.text') }),
    }
    const own = Object.entries(texts).filter(([, text]) => text !== undefined)
    return {
      title: readTitle(read('title') ?? ''),
      message: read('message') ?? '',
      perChannel: own.length > 0 ? Object.fromEntries(own) : null,
    }
  }

  return {
    code,
    version,
    definition,
    render(data, locale) {
      const missing = findMissingVariables(variables, data)
      if (missing.length > 0) return { ok: false, problems: missing.map((name) => describeMissing(name, code)) }
      const chain = fallbackLocales(locale ?? undefined, definition.defaultLocale)
      return tryInTurn([chain, [definition.defaultLocale]], (one) => renderChain(one, data), code)
    },
  }
}

/** A text of one language that fails on some data gives way to the default language; only there is it refused. */
function tryInTurn(
  chains: readonly (readonly string[])[],
  render: (chain: readonly string[]) => RenderedTemplate,
  code: string,
): TemplateRendering {
  let failure = ''
  for (const chain of chains) {
    try {
      return { ok: true, rendered: render(chain) }
    } catch (error) {
      if (!(error instanceof SlotFailure)) throw error
      failure = error.message
    }
  }
  return { ok: false, problems: [{ path: 'variables', message: `template ${code} cannot be rendered: ${failure}` }] }
}

/**
 * A language that has any text for a place never gives way to another one's: a German reader gets the German message
 * rather than the English text for SMS.
 */
function findSource(definition: TemplateDefinition, slot: Slot, chain: readonly string[]) {
  for (const { locale, texts } of listTexts(definition, chain)) {
    const source = slot.read(texts)
    if (source !== undefined) return { locale, source }
    if (texts[slot.general] !== undefined) return undefined
  }
  return undefined
}

function findSegments(definition: TemplateDefinition, chain: readonly string[]): number | undefined {
  return listTexts(definition, chain).find(({ texts }) => texts.sms)?.texts.sms?.segmentsMax
}

function listTexts({ locales }: TemplateDefinition, chain: readonly string[]) {
  return chain.flatMap((locale): { locale: string; texts: TemplateTexts }[] => {
    const texts = Object.hasOwn(locales, locale) ? locales[locale] : undefined
    return texts ? [{ locale, texts }] : []
  })
}

function describe(parts: { title?: string | undefined; text?: string | undefined; html?: string | undefined }) {
  const { title, text, html } = parts
  if (title === undefined && text === undefined && html === undefined) return undefined
  return {
    ...(title !== undefined && { title: readTitle(title) }),
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
  } satisfies ChannelText
}

/** A text message that was written as one has no title in front. */
function describeSms(text: string | undefined, segmentsMax: number | undefined): ChannelText | undefined {
  if (text === undefined) return undefined
  return { title: '', text, ...(segmentsMax !== undefined && { segmentsMax }) }
}

function readTitle(title: string): string {
  return toSingleLine(title).slice(0, TITLE_LENGTH_MAX).toWellFormed()
}

function readResult(result: TemplateResult, name: SlotName): string {
  if ('problem' in result) throw new SlotFailure(`${name}: ${result.problem.detail}`)
  if (result.text.length > RENDERED_LENGTH_MAX) throw new SlotFailure(`${name}: the result is too long`)
  return result.text
}

function describeMissing(name: string, code: string): Problem {
  return { path: `variables.${name}`, message: `is needed by template ${code} and has no fallback` }
}

const slots = new Map(SLOTS.map((slot) => [slot.name, slot]))

function slotOf(name: SlotName): Slot {
  const slot = slots.get(name)
  if (!slot) throw new Error(`there is no slot ${name}`)
  return slot
}
