const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

export interface ReceiptPolicy {
  /** Until the first look, the second and so on, each after the one before; the last one stands for all later ones. */
  readonly waitsMs: readonly [number, ...number[]]
  /** After its arrival, a receipt that still finds nothing is looked at once more, and then left alone. */
  readonly giveUpAfterMs: number
  /** How long after the receipt the one more try is due. */
  readonly retryAfterMs: number
}

/** Our own record of a message comes within seconds; an outage of the database may hold it back for hours. */
export const RECEIPT_POLICY: ReceiptPolicy = {
  waitsMs: [SECOND_MS, 5 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS],
  giveUpAfterMs: 24 * HOUR_MS,
  retryAfterMs: MINUTE_MS,
}

/** What lifts again when the person writes START; other suppressions are not theirs to lift. */
export const OPT_OUT_REASON = 'sms_opted_out'
