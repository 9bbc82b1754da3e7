import type { Problem } from './problem.ts'
import { isStorableText } from './text.ts'

/**
 * A saved rule over what is known of people: conditions, joined by all, any and not. It is data and stays data: names and
 * values become parameters of a statement, never a part of its text.
 */
export type SegmentRule =
  | { readonly all: readonly SegmentRule[] }
  | { readonly any: readonly SegmentRule[] }
  | { readonly not: SegmentRule }
  | SegmentCondition

export type SegmentValue = string | number | boolean

export type SegmentCondition =
  | { readonly role: string }
  | { readonly attribute: string; readonly is: SegmentValue }
  | { readonly attribute: string; readonly isOneOf: readonly SegmentValue[] }
  | { readonly attribute: string; readonly contains: SegmentValue }
  | { readonly attribute: string; readonly atLeast: string | number }
  | { readonly attribute: string; readonly atMost: string | number }
  | { readonly attribute: string; readonly exists: boolean }

export type ParsedRule =
  | { readonly ok: true; readonly rule: SegmentRule }
  | { readonly ok: false; readonly problems: readonly Problem[] }

const DEPTH_MAX = 6
const CONDITIONS_MAX = 50
const JOINED_MAX = 20
const ONE_OF_MAX = 100
const TEXT_LENGTH_MAX = 256
const NAME_LENGTH_MAX = 128
const PROBLEMS_MAX = 50

const FORMS =
  'must be { all: [rules] }, { any: [rules] }, { not: rule }, { role }, or { attribute } with one of is, isOneOf, contains, atLeast, atMost, exists'

interface Reading {
  readonly problems: Problem[]
  conditions: number
}

/** Total: every problem of whatever was sent, with its place. */
export function parseSegmentRule(input: unknown, path = 'rule'): ParsedRule {
  const reading: Reading = { problems: [], conditions: 0 }
  const rule = readRule(input, path, 1, reading)
  if (reading.conditions > CONDITIONS_MAX) say(reading, path, `has more than ${CONDITIONS_MAX} conditions`)
  if (rule === undefined || reading.problems.length > 0) return { ok: false, problems: reading.problems }
  return { ok: true, rule }
}

function say({ problems }: Reading, path: string, message: string): undefined {
  if (problems.length < PROBLEMS_MAX) problems.push({ path, message })
}

function readRule(input: unknown, path: string, depth: number, reading: Reading): SegmentRule | undefined {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return say(reading, path, FORMS)
  if (depth > DEPTH_MAX) return say(reading, path, `is deeper than ${DEPTH_MAX} levels`)
  const entries = Object.entries(input)
  const [[key, value] = ['', undefined]] = entries
  if (entries.length === 1) {
    if (key === 'all' || key === 'any') return readJoined(key, value, path, depth, reading)
    if (key === 'not') {
      const rule = readRule(value, `${path}.not`, depth + 1, reading)
      return rule && { not: rule }
    }
    if (key === 'role') return readRole(value, path, reading)
  }
  return readAttribute(new Map(entries), path, reading)
}

function readJoined(key: 'all' | 'any', value: unknown, path: string, depth: number, reading: Reading) {
  const at = `${path}.${key}`
  if (!Array.isArray(value) || value.length === 0 || value.length > JOINED_MAX)
    return say(reading, at, `must be a list of 1 to ${JOINED_MAX} rules`)
  const rules = value.map((one, index) => readRule(one, `${at}.${index}`, depth + 1, reading))
  const good = rules.filter((rule) => rule !== undefined)
  return key === 'all' ? { all: good } : { any: good }
}

function readRole(value: unknown, path: string, reading: Reading): SegmentCondition | undefined {
  reading.conditions++
  const role = readName(value, `${path}.role`, reading)
  return role === undefined ? undefined : { role }
}

function readAttribute(
  entries: ReadonlyMap<string, unknown>,
  path: string,
  reading: Reading,
): SegmentCondition | undefined {
  const [operator, ...others] = [...entries.keys()].filter((key) => key !== 'attribute')
  if (!entries.has('attribute') || operator === undefined || others.length > 0) return say(reading, path, FORMS)
  reading.conditions++
  const attribute = readName(entries.get('attribute'), `${path}.attribute`, reading)
  const condition = readOperator(operator, entries.get(operator), attribute ?? '', path, reading)
  return attribute === undefined ? undefined : condition
}

function readOperator(operator: string, value: unknown, attribute: string, path: string, reading: Reading) {
  const at = `${path}.${operator}`
  switch (operator) {
    case 'is':
      return isValue(value) ? { attribute, is: value } : say(reading, at, VALUE)
    case 'contains':
      return isValue(value) ? { attribute, contains: value } : say(reading, at, VALUE)
    case 'isOneOf':
      if (!Array.isArray(value) || value.length === 0 || value.length > ONE_OF_MAX || !value.every(isValue))
        return say(reading, at, `must be a list of 1 to ${ONE_OF_MAX} values; each ${VALUE}`)
      return { attribute, isOneOf: value }
    case 'atLeast':
      return isComparable(value) ? { attribute, atLeast: value } : say(reading, at, COMPARABLE)
    case 'atMost':
      return isComparable(value) ? { attribute, atMost: value } : say(reading, at, COMPARABLE)
    case 'exists':
      return typeof value === 'boolean' ? { attribute, exists: value } : say(reading, at, 'must be true or false')
    default:
      return say(reading, path, FORMS)
  }
}

const COMPARABLE = `must be a number, or a text of at most ${TEXT_LENGTH_MAX} characters`
const VALUE = `${COMPARABLE}, or true or false`

function isComparable(value: unknown): value is string | number {
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value === 'string' && value.length <= TEXT_LENGTH_MAX && isStorableText(value)
}

function isValue(value: unknown): value is SegmentValue {
  return typeof value === 'boolean' || isComparable(value)
}

function readName(value: unknown, path: string, reading: Reading): string | undefined {
  const isName =
    typeof value === 'string' && value.length > 0 && value.length <= NAME_LENGTH_MAX && isStorableText(value)
  return isName ? value : say(reading, path, `must be a name of 1 to ${NAME_LENGTH_MAX} characters`)
}
