/** A part of an answer that a test looks into: whatever is asked for may be there, and is told from all else by what is expected. */
export interface Answered {
  readonly [part: string]: Answered | undefined
}

/** Empty for what is no JSON, so that a test fails by what it expects and not by how it looks. */
export function readAnswered(text: string): Answered {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

/** The same part of each, as the paths of all problems. */
export function partOfEach(list: Answered | undefined, part: string): readonly unknown[] {
  return Object.values(list ?? {}).map((one) => one?.[part])
}
