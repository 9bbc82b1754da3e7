import { compareStores } from './model/differential/compare.ts'
import { createMemoryDatabase } from './model/memory-store/index.ts'
import { openPostgresDatabase } from './model/postgres/open.ts'
import { runModel, tellStory } from './model/run-model.ts'
import type { Proof } from './proof.ts'

const FORMS = {
  full: { sequences: 50_000, limitMs: 600_000, compared: 400, compareMs: 60_000 },
  quick: { sequences: 10_000, limitMs: 120_000, compared: 60, compareMs: 15_000 },
}
/** The short form says the same every time: it is there to notice a change. */
const QUICK_SEED = 20_260_302

export const proof: Proof = {
  name: 'model',
  summary: 'no sequence of sends, stops, crashes and lost answers breaks a promise',
  async run({ seed: given, quick, print }) {
    const seed = quick ? QUICK_SEED : given
    const form = FORMS[quick ? 'quick' : 'full']
    print('the stores in memory and on Postgres, call by call')
    const compared = await compareOnPostgres(seed, form)
    if (compared.difference) print(compared.difference)
    print('the fleet in memory, command by command')
    const model = await runSequences(seed, form, print)
    return {
      passed: compared.difference === null && model.failure === null && model.sequences === form.sequences,
      figures: {
        'sequences of store calls, both ways': compared.sequences,
        'calls compared': [...compared.calls.values()].reduce((sum, count) => sum + count, 0),
        'sequences of commands': `${model.sequences} of ${form.sequences}`,
        'promises broken': model.failure ? 1 : 0,
      },
    }
  },
}

async function compareOnPostgres(seed: number, { compared, compareMs }: (typeof FORMS)['full']) {
  const postgres = await openPostgresDatabase()
  try {
    return await compareStores(postgres, { sequences: compared, seed, limitMs: compareMs })
  } finally {
    await postgres.close()
  }
}

async function runSequences(
  seed: number,
  { sequences, limitMs }: (typeof FORMS)['full'],
  print: (line: string) => void,
) {
  const setting = { openDatabase: async (startMs: number) => createMemoryDatabase(startMs) }
  const model = await runModel({ seed, sequences, limitMs, ...setting })
  for (const [what, count] of [...model.counts].sort()) print(`${String(count).padStart(8)}  ${what}`)
  if (model.failure) print(await tellStory(model.failure, setting))
  return model
}
