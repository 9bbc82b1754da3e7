/** One guard taken out in one way, and what was seen to fail; null where nothing did. */
export interface GuardResult {
  readonly guard: string
  readonly how: string
  readonly where: 'statements' | 'sources' | 'race'
  readonly failed: string | null
  /** How many sequences it took to find out. */
  readonly sequences: number
  readonly story: string | null
}

export const SEQUENCES_MAX = 3_000
