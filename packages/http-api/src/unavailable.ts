/** Something outside is away for now: the caller may repeat, and nothing of ours is broken. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof Error && (error instanceof Unavailable || isUnavailable(error.cause))
}
