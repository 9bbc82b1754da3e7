import type { PostgresDatabase } from '../postgres/open.ts'
import type { GuardResult } from './guard-result.ts'
import { runRaces } from './races.ts'
import { SOURCE_REMOVALS, STATEMENT_REMOVALS } from './removals.ts'
import { runSourceRemoval } from './run-source-removal.ts'
import { runStatementRemoval } from './run-statement-removal.ts'

/** Every guard of docs/delivery.md, each way of leaving it out, in the order of their numbers. */
export async function runGuards(seed: number, postgres: PostgresDatabase): Promise<GuardResult[]> {
  const results: GuardResult[] = []
  for (const removal of STATEMENT_REMOVALS) results.push(await runStatementRemoval(removal, seed, postgres))
  for (const removal of SOURCE_REMOVALS) results.push(await runSourceRemoval(removal, seed))
  results.push(...(await runRaces()))
  return results.sort((a, b) => a.guard.localeCompare(b.guard, 'en', { numeric: true }))
}
