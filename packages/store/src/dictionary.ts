export interface Dictionary<Row> {
  /** One of each, in the order of their first appearance. */
  readonly distinct: readonly Row[]
  /** For each row the place of its like among them; counted from 1, as Postgres does WITH ORDINALITY. */
  readonly places: readonly number[]
}

/**
 * Rows with the same key are taken for the same. Most rows are like the one before them, which costs less to see than to
 * make a key: `isLike` must not say so of two rows whose keys differ.
 */
export function toDictionary<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  isLike: (row: Row, before: Row) => boolean = Object.is,
): Dictionary<Row> {
  const placeOf = new Map<string, number>()
  const distinct: Row[] = []
  let before: Row | undefined
  let place = 0
  const places = rows.map((row) => {
    if (before === undefined || !isLike(row, before)) {
      const key = keyOf(row)
      place = placeOf.get(key) ?? distinct.push(row)
      placeOf.set(key, place)
    }
    before = row
    return place
  })
  return { distinct, places }
}
