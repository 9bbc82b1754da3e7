import { LOGGED_FIELDS, withoutMailAddress } from './logged-fields.ts'

const NAMES: ReadonlyMap<string, string> = new Map(Array.from(LOGGED_FIELDS, (name) => [name, `,"${name}":`]))
// Quotes, backslashes, control characters and halves of a pair, which JSON.stringify would write otherwise, and what is in every
// mail address.
const NEEDS_CARE = /[^ !#-?A-[\]-\ud7ff\ue000-\uffff]/

// One list for all lines: what is put together is gone when the line is.
const parts: string[] = []

/**
 * The line that pino would make of what may be said of the fields, to the byte, in one pass; undefined where a value is more than
 * a text, a number, a boolean or null. pino asks JSON.stringify for every name and every value.
 */
export function renderPlainLine(head: string, fields: object, event: string): string | undefined {
  parts.length = 0
  parts.push(head)
  for (const key of Object.keys(fields)) {
    const name = NAMES.get(key)
    if (name === undefined) continue
    const value: unknown = Reflect.get(fields, key)
    if (value === undefined) continue
    const text = key === 'err' ? undefined : renderPlain(value)
    if (text === undefined) return undefined
    parts.push(name, text)
  }
  parts.push(',"event":', NEEDS_CARE.test(event) ? JSON.stringify(event) : `"${event}"`, '}\n')
  return parts.join('')
}

function renderPlain(value: unknown): string | undefined {
  if (typeof value === 'string')
    return NEEDS_CARE.test(value) ? JSON.stringify(withoutMailAddress(value)) : `"${value}"`
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  return typeof value === 'boolean' || value === null ? String(value) : undefined
}
