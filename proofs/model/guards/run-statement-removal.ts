import { BrokenPromise } from '../invariants/promises.ts'
import { createMemoryDatabase } from '../memory-store/index.ts'
import type { PostgresDatabase } from '../postgres/open.ts'
import { replay, runModel, tellStory } from '../run-model.ts'
import type { Database } from '../stores.ts'
import { type GuardResult, SEQUENCES_MAX } from './guard-result.ts'
import { changeText, type StatementRemoval } from './removals.ts'

/**
 * Searched for in memory, where it is quick; then the story that was found is played on Postgres: as the statements are,
 * it holds, and with the guard taken out of their texts, it fails there as well.
 */
export async function runStatementRemoval(
  removal: StatementRemoval,
  seed: number,
  postgres: PostgresDatabase,
): Promise<GuardResult> {
  const { guard, how, removed, ignored } = removal
  const setting = {
    openDatabase: async (startMs: number) => createMemoryDatabase(startMs, new Set(removed)),
    ...(ignored && { ignored }),
  }
  const run = await runModel({ seed, sequences: SEQUENCES_MAX, limitMs: 60_000, ...setting })
  const { failure, sequences } = run
  const result = { guard, how, where: 'statements' as const, sequences }
  if (!failure || !(failure.error instanceof BrokenPromise)) return { ...result, failed: null, story: null }
  const story = await tellStory(failure, setting)
  const onPostgres = { ...setting, openDatabase: () => emptied(postgres) }
  const asItIs = await replay(failure.commands, onPostgres)
  const changed = await withChanges(removal, postgres, () => replay(failure.commands, onPostgres))
  const failed = asItIs
    ? `promise ${asItIs.number} on Postgres as it is`
    : `promise ${failure.error.number} in memory, ${changed ? changed.number : 'none'} on Postgres`
  return { ...result, failed: asItIs === null && changed ? failed : null, story: `${story}\n${failed}` }
}

async function emptied(postgres: PostgresDatabase): Promise<Database> {
  await postgres.empty()
  return { ...postgres, close: async () => undefined }
}

async function withChanges<Result>(
  { statements, isTriggerOff, guard, how }: StatementRemoval,
  postgres: PostgresDatabase,
  work: () => Promise<Result>,
): Promise<Result> {
  const used = new Set<string>()
  postgres.change((name, text) => {
    const changes = statements[name]
    if (!changes) return text
    used.add(name)
    return changeText(name, text, changes)
  })
  if (isTriggerOff) await postgres.pool.query('ALTER TABLE "NotificationDelivery" DISABLE TRIGGER ALL')
  try {
    const result = await work()
    if (used.size === 0) throw new Error(`${guard}, ${how}: no changed statement was run`)
    return result
  } finally {
    postgres.change(undefined)
    await postgres.pool.query('ALTER TABLE "NotificationDelivery" ENABLE TRIGGER ALL')
  }
}
