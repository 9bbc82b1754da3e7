// One proof in a process of its own: bun proof-process.ts ROOT NAME RESULT_FILE OPTIONS_JSON
// Whatever it leaves open cannot keep the command alive, and a crash costs this proof alone.
import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { infrastructureNames } from '../infrastructure/names.ts'
import { loadProof } from './load-proof.ts'

const argumentsSchema = z.tuple([z.string(), z.string(), z.string(), z.string()])
const optionsSchema = z.object({
  seed: z.number(),
  quick: z.boolean(),
  on: z.enum(infrastructureNames),
  minutes: z.number().default(0),
  only: z.string().default(''),
})

const [rootDir, name, resultPath, optionsJson] = argumentsSchema.parse(process.argv.slice(2))
const options = optionsSchema.parse(JSON.parse(optionsJson))
const proof = await loadProof(rootDir, name)
const result = await proof.run({ ...options, print: (line) => void process.stdout.write(`${line}\n`) })
await writeFile(resultPath, JSON.stringify(result))

// Ends by itself when the proof has closed what it opened.
const closeLimitMs = 2_000
setTimeout(() => {
  process.stderr.write(`${name} is done but has left a socket, timer or process open\n`)
  process.exit(1)
}, closeLimitMs).unref()
