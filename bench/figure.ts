/** How much was done in how long; whatever had to be laid out before is not in it. */
export interface Lap {
  readonly count: number
  readonly ms: number
}

export interface OpenFigure {
  subject(): Promise<Lap>
  denominator(): Promise<Lap>
  /** What else is worth saying of the laps so far, as times of single answers. */
  describe?(): string
  close(): Promise<void>
}

export interface FigureOptions {
  readonly quick: boolean
  readonly on: 'embedded' | 'kafka'
}

/** A rate of ours as a share of another rate, or a time of another time, that is measured in the same run. */
export interface Figure {
  readonly name: string
  readonly of: string
  readonly against: string
  readonly goal: number
  /** Of times instead of rates: less is better, and the goal is what the ratio may be at most. */
  readonly isTime?: boolean
  /** Of rates of which less is better, such as what something uses up. */
  readonly isCeiling?: boolean
  /** The command that measures it, where that is no bench. */
  readonly elsewhere?: string
  /** Absent where there is no program for it yet. */
  readonly open?: (options: FigureOptions) => Promise<OpenFigure>
}
