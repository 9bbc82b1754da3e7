/** An error in one line for a person: what was tried, and why it failed, down to the first cause. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.message === '') return explain(error.errors[0])
  if (!(error.cause instanceof Error)) return error.message
  const cause = explain(error.cause)
  // Some libraries wrap an error in another one that says the same.
  return cause.startsWith(error.message) ? cause : `${error.message}: ${cause}`
}
