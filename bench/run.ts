// All figures, or those whose name holds a word: bun bench/run.ts OPTIONS_JSON
import { z } from 'zod'
import { onDurablePostgres } from './durable-postgres.ts'
import type { Figure } from './figure.ts'
import { FIGURES } from './figures.ts'
import { formatBest, type Measured, measurePairs } from './measure-pairs.ts'
import { writeReport } from './write-report.ts'

const optionsSchema = z.object({
  only: z.string().default(''),
  quick: z.boolean().default(false),
  json: z.boolean().default(false),
  on: z.enum(['embedded', 'kafka']).default('kafka'),
  pairs: z.number().int().positive().optional(),
  write: z.string().optional(),
})
const QUICK = { pairs: 2, sideMs: 300 }
const FULL = { pairs: 8, sideMs: 8_000 }

const options = optionsSchema.parse(JSON.parse(process.argv[2] ?? '{}'))
const form = options.quick ? QUICK : FULL
const pairs = { ...form, pairs: options.pairs ?? form.pairs }
const measured: Measured[] = []
let hasFailed = false

async function measure(figure: Figure): Promise<Measured | undefined> {
  const open = await figure.open?.(options)
  if (!open) return undefined
  try {
    return await measurePairs(figure, open, pairs)
  } finally {
    await open.close()
  }
}

function print(figure: Figure, result: Measured | undefined): void {
  const { name, goal, isTime = false, isCeiling = isTime } = figure
  const unmeasured = figure.elsewhere ?? 'absent'
  const ratio = result ? Number(result.ratio.toPrecision(3)) : unmeasured
  const spread = result ? Number(result.spread.toPrecision(2)) : null
  const note = result?.note === undefined ? {} : { note: result.note }
  if (options.json) return void process.stdout.write(`${JSON.stringify({ name, ratio, goal, spread, ...note })}\n`)
  const best = result ? [result.subject, result.denominator].map((series) => formatBest(figure, series)) : []
  const bound = isCeiling ? `at most ${goal}` : goal
  const unit = isTime ? 'ms' : 'a second'
  const said = result
    ? `${ratio} of ${bound}, spread ${spread}; at best ${best.join(' against ')} ${unit}${result.note ? `; ${result.note}` : ''}`
    : unmeasured
  process.stdout.write(`${name.padEnd(48)}${said}\n`)
}

async function measureAll(): Promise<void> {
  for (const figure of FIGURES.filter(({ name }) => name.includes(options.only))) {
    try {
      const result = await measure(figure)
      if (result) measured.push(result)
      print(figure, result)
    } catch (error) {
      hasFailed = true
      process.stderr.write(`${figure.name}: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`)
    }
  }
}

await onDurablePostgres(measureAll)
if (options.write && !hasFailed) await writeReport(options.write, FIGURES, measured, { ...options, ...pairs })
process.exit(hasFailed ? 1 : 0)
