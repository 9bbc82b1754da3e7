import type { Wanted } from './plan-input.ts'

/** What differs between what was sent and what came back; undefined when nothing does. */
export function findDifference(wanted: Wanted, got: Readonly<Record<string, unknown>>): string | undefined {
  const differing = Object.entries(wanted).find(([field, value]) => spell(value) !== spell(got[field]))
  if (differing === undefined) return undefined
  const [field, value] = differing
  return `${field} was ${spell(value)} and came back as ${spell(got[field])}`
}

/** Keys in one order: no JSON store keeps theirs. */
function spell(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )
}
