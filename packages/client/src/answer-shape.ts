/** What this package relies on of an answer: its fields by kind. All else of it is the API's own affair. */
export type AnswerShape = Readonly<Record<string, Kind>>

type Kind = 'text' | 'number' | 'flag' | 'list' | 'object'

/** In words, what an answer that claims to be the API's lacks; undefined where it has everything. A page pays no parser for it. */
export function findMissing(answer: unknown, shape: AnswerShape): string | undefined {
  if (kindOf(answer) !== 'object') return 'an object'
  const lacking = Object.entries(shape).find(([field, kind]) => kindOf(Object(answer)[field]) !== kind)
  return lacking && `${lacking[0]}, a ${lacking[1]}`
}

function kindOf(value: unknown): Kind | 'nothing' {
  if (Array.isArray(value)) return 'list'
  if (value === null || value === undefined) return 'nothing'
  return KINDS[typeof value] ?? 'nothing'
}

const KINDS: Readonly<Record<string, Kind>> = { string: 'text', number: 'number', boolean: 'flag', object: 'object' }
