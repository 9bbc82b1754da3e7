import type { GuardResult } from './model/guards/guard-result.ts'
import { runGuards } from './model/guards/run-guards.ts'
import { openPostgresDatabase } from './model/postgres/open.ts'
import type { Proof } from './proof.ts'

/** The short form says the same every time: it is there to notice a change. */
const QUICK_SEED = 20_260_302

export const proof: Proof = {
  name: 'guards',
  summary: 'each guard of the delivery promise is needed: without it, something that the model promises is broken',
  async run({ seed, quick, print }) {
    const postgres = await openPostgresDatabase()
    try {
      const guards = await runGuards(quick ? QUICK_SEED : seed, postgres)
      for (const guard of guards) printGuard(guard, quick, print)
      const unneeded = guards.filter((guard) => guard.failed === null)
      return {
        passed: unneeded.length === 0 && GUARDS.every((name) => guards.some(({ guard }) => guard === name)),
        figures: {
          'guards taken out': new Set(guards.map(({ guard }) => guard)).size,
          'ways of taking them out': guards.length,
          'of these, nothing failed': unneeded.map(({ guard, how }) => `${guard}: ${how}`).join('; ') || 0,
        },
      }
    } finally {
      await postgres.close()
    }
  },
}

/** Every number of docs/delivery.md must be among those that are taken out. */
const GUARDS = Array.from({ length: 14 }, (_, index) => `D${index + 1}`)

function printGuard(result: GuardResult, quick: boolean, print: (line: string) => void): void {
  const { guard, how, where, failed, sequences, story } = result
  const found = failed === null ? 'NOTHING FAILED' : `${failed}, in sequence ${sequences}`
  print(`${guard.padEnd(8)}${where.padEnd(12)}${how.padEnd(76)}${found}`)
  if (!quick && story) print(`${story}\n`)
}
