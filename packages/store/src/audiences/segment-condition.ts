import type { SegmentRule, SegmentValue } from '@carillon/contracts'

/** Takes a value into the statement's parameters and answers how the text names it. */
export type Parameter = (value: unknown, type: 'text' | 'jsonb' | 'text[]' | 'jsonb[]' | 'numeric') => string

/**
 * A rule as a condition on "User" u. Names and values go through `parameter` and nothing else; the text is made of what
 * stands here alone. No condition is ever NULL, so that `not` means what it says of people without the attribute.
 */
export function segmentCondition(rule: SegmentRule, parameter: Parameter): string {
  if ('all' in rule) return `(${rule.all.map((one) => segmentCondition(one, parameter)).join(' AND ')})`
  if ('any' in rule) return `(${rule.any.map((one) => segmentCondition(one, parameter)).join(' OR ')})`
  if ('not' in rule) return `(NOT ${segmentCondition(rule.not, parameter)})`
  if ('role' in rule) return `(u.roles @> ${parameter([rule.role], 'text[]')})`
  const { attribute } = rule
  if ('is' in rule) return holds(attribute, rule.is, parameter)
  if ('contains' in rule) return holds(attribute, [rule.contains], parameter)
  if ('isOneOf' in rule) return `(${rule.isOneOf.map((value) => holds(attribute, value, parameter)).join(' OR ')})`
  if ('exists' in rule) return `((u.attributes ? ${parameter(attribute, 'text')}) = ${rule.exists})`
  return 'atLeast' in rule
    ? compares(attribute, '>=', rule.atLeast, parameter)
    : compares(attribute, '<=', rule.atMost, parameter)
}

/** Containment, because an index knows it; of a list it means the element, of all else equality. */
function holds(attribute: string, value: SegmentValue | readonly SegmentValue[], parameter: Parameter): string {
  return `(u.attributes @> ${parameter(JSON.stringify({ [attribute]: value }), 'jsonb')})`
}

/** Numbers with numbers and texts with texts, these by their characters, so that dates like 2026-12-01 compare too. */
function compares(attribute: string, operator: '>=' | '<=', value: string | number, parameter: Parameter): string {
  const name = parameter(attribute, 'text')
  const isNumber = typeof value === 'number'
  const stored = isNumber ? `(u.attributes->>${name})::numeric` : `(u.attributes->>${name}) COLLATE "C"`
  const given = isNumber ? parameter(value, 'numeric') : parameter(value, 'text')
  const type = isNumber ? 'number' : 'string'
  return `(CASE WHEN jsonb_typeof(u.attributes->${name}) = '${type}' THEN ${stored} ${operator} ${given} ELSE false END)`
}
