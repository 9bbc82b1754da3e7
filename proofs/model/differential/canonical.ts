import type { Tables } from '../memory-store/rows.ts'

/**
 * The same state reads the same from both: ids that a store made up are called by the order in which they were first
 * seen, and what has no order is sorted.
 */
export function createLabels() {
  const labels = new Map<string, string>()

  /** Dispatch ids, in the order of the deliveries that carry them; those have the same ids everywhere. */
  function learn({ deliveries }: Tables): void {
    const rows = [...deliveries.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    for (const { dispatchId } of rows)
      if (dispatchId !== null && !labels.has(dispatchId)) labels.set(dispatchId, `dispatch ${labels.size + 1}`)
  }

  function toCanonical(value: unknown): unknown {
    if (value instanceof Date) return value.getTime()
    if (typeof value === 'string') return labels.get(value) ?? value
    if (Array.isArray(value)) return value.map(toCanonical).sort(byText)
    if (value instanceof Map) return toCanonical([...value.values()])
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).filter(([, one]) => one !== undefined)
    return Object.fromEntries(entries.sort(byText).map(([key, one]) => [key, toCanonical(one)]))
  }

  /** Who wrote an outbox row is told by its records; its id is made up. */
  function describe(tables: Tables): Record<string, unknown> {
    const { events, notifications, deliveries, attempts, dispatches, outbox, suppressions } = tables
    const named = [...outbox.values()].map(({ id: _id, ...row }) => row)
    return Object.fromEntries(
      Object.entries({ events, notifications, deliveries, attempts, dispatches, outbox: named, suppressions }).map(
        ([name, rows]) => [name, toCanonical(rows)],
      ),
    )
  }

  return { learn, toCanonical, describe, labelOf: (id: string) => labels.get(id) ?? '' }
}

function byText(a: unknown, b: unknown): number {
  const [one, other] = [JSON.stringify(a) ?? '', JSON.stringify(b) ?? '']
  return one < other ? -1 : one > other ? 1 : 0
}
