import { compareStores } from './model/differential/compare.ts'
import { createMemoryDatabase } from './model/memory-store/index.ts'
import { openPostgresDatabase } from './model/postgres/open.ts'
import { runModel } from './model/run-model.ts'
import type { Proof } from './proof.ts'

const SEQUENCES = { full: 10_000, quick: 2_000 }
const COMPARED = { full: 400, quick: 40 }
const LIMIT_MS = { full: 90_000, quick: 20_000 }

export const proof: Proof = {
  name: 'model',
  summary: 'no sequence of sends, stops, crashes and lost answers breaks a promise, and Postgres keeps the same rows',
  async run({ seed, quick, print }) {
    const form = quick ? 'quick' : 'full'
    const postgres = await openPostgresDatabase()
    const compared = await compareStores(postgres, { sequences: COMPARED[form], seed, limitMs: 30_000 }).finally(
      postgres.close,
    )
    if (compared.difference) print(compared.difference)
    const model = await runModel({
      seed,
      sequences: SEQUENCES[form],
      limitMs: LIMIT_MS[form],
      openDatabase: async (startMs) => createMemoryDatabase(startMs),
    })
    if (model.story) print(model.story)
    for (const [what, count] of [...model.counts].sort()) print(`${String(count).padStart(8)}  ${what}`)
    return {
      passed: !compared.difference && !model.story,
      figures: {
        'sequences of store calls, in memory and on Postgres': compared.sequences,
        'calls compared': [...compared.calls.values()].reduce((sum, count) => sum + count, 0),
        'sequences of commands': model.sequences,
      },
    }
  },
}
