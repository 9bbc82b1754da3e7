import { Liquid } from 'liquidjs'
import { escapeHtml } from './escape-html.ts'

/** How the result is used: `html` escapes every value that is put in, `text` (subjects, SMS, push) does not. */
export type TemplateOutput = 'html' | 'text'

/** What a person gets must be text: an absent value or an object in its place is an error of the data. */
export class NotTextError extends Error {}

// These read other files, or nest layouts that nobody could check when a template is saved.
const removedTags = ['include', 'render', 'layout', 'block']
// `raw` would switch the escaping off; dates are formatted before they get here; `*_exp` would compile data as code.
const removedFilters = /^raw$|^date|_exp$/

function createEngine(output: TemplateOutput) {
  const engine = new Liquid({
    ownPropertyOnly: true,
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    parseLimit: 100_000,
    renderLimit: 200,
    memoryLimit: 1_000_000,
    // An empty map of templates: nothing can be read from a disk.
    templates: {},
    outputEscape: output === 'html' ? (value: unknown) => escapeHtml(toText(value)) : toText,
  })
  for (const tag of removedTags) delete engine.tags[tag]
  for (const filter of Object.keys(engine.filters)) {
    if (removedFilters.test(filter)) delete engine.filters[filter]
  }
  return engine
}

function toText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return value.map(toText).join('')
  throw new NotTextError(value === null || value === undefined ? 'has no value' : 'is not text')
}

export const engines: Readonly<Record<TemplateOutput, Liquid>> = {
  html: createEngine('html'),
  text: createEngine('text'),
}
