/** What the clock needs of digests. */
export interface DigestClockStore {
  /**
   * Digests that are due and that nobody adds to at this moment: each closes with one delivery of what is still worth
   * telling, or with none. One transaction.
   */
  closeDigests(limit: number): Promise<number>
  deleteClosed(olderThanMs: number, limit: number): Promise<number>
}
