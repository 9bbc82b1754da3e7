import type { Problem } from '@carillon/contracts'

// Of shorter names too many are one letter apart.
const LENGTH_MIN = 4

/**
 * A field that nobody knows is ignored, except where it is plainly one of ours, misspelt, and that one is missing: dropped in
 * silence it would be a priority, a channel or an end that somebody believes they gave.
 */
export function findMisspelt(given: unknown, known: Readonly<Record<string, unknown>>): Problem[] {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return []
  const problems: Problem[] = []
  for (const name in given) {
    if (Object.hasOwn(known, name) || name.length < LENGTH_MIN) continue
    const meant = Object.keys(known).find((one) => !Object.hasOwn(given, one) && isMisspelt(name, one))
    if (meant !== undefined) problems.push({ path: name, message: `is not known here: did you mean ${meant}?` })
  }
  return problems
}

function isMisspelt(name: string, known: string): boolean {
  const [one, other] = [name, known].map((each) => each.replaceAll(/[_-]/g, '').toLowerCase())
  if (one === undefined || other === undefined || other.length < LENGTH_MIN) return false
  return one === other || isOneApart(one, other)
}

/** One letter more, less or other, or two neighbours swapped. */
function isOneApart(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  const rest = (text: string, from: number) => text.slice(at + from)
  if (a.length !== b.length) return a.length > b.length ? rest(a, 1) === rest(b, 0) : rest(a, 0) === rest(b, 1)
  const isSwapped = a[at] === b[at + 1] && a[at + 1] === b[at] && rest(a, 2) === rest(b, 2)
  return rest(a, 1) === rest(b, 1) || isSwapped
}
