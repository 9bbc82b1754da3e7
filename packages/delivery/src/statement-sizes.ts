export interface StatementSizes {
  /** Rows that are read ahead at most: more would only grow stale in front of a slow provider. */
  readonly readyMax: number
  readonly loadRowsMax: number
  readonly claimRowsMax: number
}

const READY_ROWS_MIN = 20
/** More would let the first of them wait for the last, and cost no less each. */
const LOAD_ROWS_MAX = 500
const CLAIM_ROWS_MIN = 20

/**
 * A claim is for a quarter of the slots, which is as many as wait claimed beside them: then whoever is answered together
 * with others is followed at once, and what was claimed together does not end together for ever.
 */
export function decideStatementSizes(slots: number): StatementSizes {
  const readyMax = Math.max(READY_ROWS_MIN, 2 * slots)
  return {
    readyMax,
    loadRowsMax: Math.min(LOAD_ROWS_MAX, Math.ceil(readyMax / 2)),
    claimRowsMax: Math.max(CLAIM_ROWS_MIN, Math.ceil(slots / 4)),
  }
}
