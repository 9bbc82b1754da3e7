// The model on changed sources, in a process of its own: bun mutant-process.ts ROOT INDEX SEED SEQUENCES RESULT_FILE
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { plugin } from 'bun'
import { BrokenPromise } from '../invariants/promises.ts'
import { changeText, SOURCE_REMOVALS } from './removals.ts'

const [rootDir = '', index = '', seed = '', sequences = '', resultPath = ''] = process.argv.slice(2)
const removal = SOURCE_REMOVALS[Number(index)]
if (!removal) throw new Error(`no removal ${index}`)
const changed = new Set<string>()

plugin({
  name: 'changed sources',
  setup(build) {
    for (const [source, changes] of Object.entries(removal.sources)) {
      const path = join(rootDir, source)
      build.onLoad({ filter: new RegExp(`${path.replaceAll(/[.+]/g, '\\$&')}$`) }, async () => {
        changed.add(source)
        return { contents: changeText(source, await readFile(path, 'utf8'), changes), loader: 'ts' }
      })
    }
  },
})

// After the plugin, or the sources would be loaded as they are.
const { runModel, tellStory } = await import('../run-model.ts')
const { createMemoryDatabase } = await import('../memory-store/index.ts')
const setting = { openDatabase: async (startMs: number) => createMemoryDatabase(startMs) }
const run = await runModel({ seed: Number(seed), sequences: Number(sequences), limitMs: 60_000, ...setting })
const unchanged = Object.keys(removal.sources).filter((source) => !changed.has(source))
if (unchanged.length > 0) throw new Error(`never loaded, so never changed: ${unchanged.join(', ')}`)
const error = run.failure?.error
const broken = error instanceof BrokenPromise ? { number: error.number, message: error.message } : null
const story = run.failure && (await tellStory(run.failure, setting))
await writeFile(resultPath, JSON.stringify({ sequences: run.sequences, broken, story }))
