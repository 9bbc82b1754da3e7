/** Everything that a proof leaves to chance comes from one of these, so that its seed repeats the run. */
export interface Random {
  /** In [0, 1). */
  next(): number
  below(limit: number): number
  pick<T>(items: readonly [T, ...T[]]): T
  shuffle<T>(items: readonly T[]): T[]
  /** One of its own for a part of the run, so that parts that run side by side stay repeatable. */
  fork(name: string): Random
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0

  // mulberry32
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number) => Math.floor(next() * limit)

  return {
    next,
    below,
    pick: (items) => items[below(items.length)] ?? items[0],
    shuffle(items) {
      const shuffled = [...items]
      for (let last = shuffled.length - 1; last > 0; last--) {
        const [moved] = shuffled.splice(below(last + 1), 1)
        if (moved !== undefined) shuffled.push(moved)
      }
      return shuffled
    },
    fork: (name) => createRandom(seed ^ hashName(name)),
  }
}

function hashName(name: string): number {
  let hash = 0x811c9dc5
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return hash >>> 0
}
