import type { Figure, Lap, OpenFigure } from './figure.ts'

export interface Measured {
  readonly name: string
  readonly of: string
  readonly against: string
  readonly goal: number
  /** The median of the pairs' ratios, and how far the outer ones are from each other. */
  readonly ratio: number
  readonly spread: number
  /** Each a rate a second, or milliseconds of one. */
  readonly subject: readonly number[]
  readonly denominator: readonly number[]
  readonly note?: string
}

export interface PairOptions {
  readonly pairs: number
  readonly sideMs: number
}

/** A B A B: whatever drifts on a machine drifts under both. One lap of each is thrown away first. */
export async function measurePairs(figure: Figure, open: OpenFigure, options: PairOptions): Promise<Measured> {
  await open.subject()
  await open.denominator()
  const subject: number[] = []
  const denominator: number[] = []
  for (let pair = 0; pair < options.pairs; pair++) {
    subject.push(await measureSide(open.subject, options.sideMs, figure))
    denominator.push(await measureSide(open.denominator, options.sideMs, figure))
  }
  const ratios = subject.map((rate, pair) => rate / (denominator[pair] ?? Number.NaN)).sort((a, b) => a - b)
  const { name, of, against, goal } = figure
  const note = open.describe?.()
  const rates = { ratio: median(ratios), spread: spreadOf(ratios), subject, denominator }
  return { name, of, against, goal, ...rates, ...(note !== undefined && { note }) }
}

/** Laps until there are enough milliseconds of them. */
async function measureSide(lap: () => Promise<Lap>, sideMs: number, { isTime }: Figure): Promise<number> {
  const sum = { count: 0, ms: 0 }
  while (sum.ms < sideMs) {
    const { count, ms } = await lap()
    sum.count += count
    sum.ms += ms
  }
  return isTime ? sum.ms / sum.count : (sum.count * 1_000) / sum.ms
}

/** The best of a series, as people read it. */
export function formatBest({ isTime }: Figure, series: readonly number[]): string {
  return Math.round(isTime ? Math.min(...series) : Math.max(...series)).toLocaleString('en')
}

export function median(sorted: readonly number[]): number {
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}

function spreadOf(sorted: readonly number[]): number {
  return ((sorted.at(-1) ?? Number.NaN) - (sorted[0] ?? Number.NaN)) / median(sorted)
}
