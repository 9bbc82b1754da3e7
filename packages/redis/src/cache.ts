/**
 * Texts that may be forgotten at any moment. Whoever changes what a text was made from calls `forget` after its commit;
 * a reader that loaded the older state meanwhile cannot put it back.
 */
export interface Cache {
  /** From the cache, else from `load`, and then kept for `ttlMs`. With Redis away it is `load` every time. */
  remember(key: string, ttlMs: number, load: () => Promise<string>): Promise<string>
  forget(keys: readonly string[]): Promise<void>
}
