export interface Dictionary<Row> {
  /** One of each, in the order of their first appearance. */
  readonly distinct: readonly Row[]
  /** For each row the place of its like among them; counted from 1, as Postgres does WITH ORDINALITY. */
  readonly places: readonly number[]
}

/** Rows with the same key are taken for the same. */
export function toDictionary<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Dictionary<Row> {
  const placeOf = new Map<string, number>()
  const distinct: Row[] = []
  const places = rows.map((row) => {
    const key = keyOf(row)
    const known = placeOf.get(key)
    if (known !== undefined) return known
    const place = distinct.push(row)
    placeOf.set(key, place)
    return place
  })
  return { distinct, places }
}
