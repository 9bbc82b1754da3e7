/**
 * For a statement that is a transaction of its own, and whose work may be lost in a crash of the server because it would only
 * be done again: its commit waits for no disk. The setting lasts as long as the transaction.
 */
export const WITHOUT_WAITING = `g AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))`

/** Makes it be evaluated: Postgres leaves out what nothing asks for. */
export const IS_NOT_WAITED_FOR = '(SELECT count(*) FROM g) = 1'
