import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { CODES, PEOPLE } from '../catalogue.ts'
import { createMemoryDatabase } from '../memory-store/index.ts'
import type { PostgresDatabase } from '../postgres/open.ts'
import { type Database, TENANT } from '../stores.ts'
import { type Call, calls } from './calls.ts'
import { createSubject, runCall, type Subject } from './run-call.ts'

export interface Comparison {
  readonly sequences: number
  readonly calls: ReadonlyMap<string, number>
  readonly difference: string | null
}

const START_MS = Date.parse('2026-03-02T08:00:00Z')

/** The twin is true: the same calls leave the same rows in memory and on Postgres, after every single one. */
export async function compareStores(
  postgres: PostgresDatabase,
  { sequences, seed, limitMs }: { readonly sequences: number; readonly seed: number; readonly limitMs: number },
): Promise<Comparison> {
  const counts = new Map<string, number>()
  let run = 0
  const property = fc.asyncProperty(calls, async (sequence) => {
    run += 1
    await runBoth(postgres, sequence, counts)
  })
  const details = await fc.check(property, {
    numRuns: sequences,
    seed,
    interruptAfterTimeLimit: limitMs,
    markInterruptAsFailure: false,
  })
  const difference = details.failed ? describeFailure(details) : null
  return { sequences: run, calls: counts, difference }
}

function describeFailure({ counterexample, errorInstance }: fc.RunDetails<[Call[]]>): string {
  const [sequence = []] = counterexample ?? []
  const lines = sequence.map((call, index) => `${index + 1}. ${JSON.stringify(call)}`)
  return [...lines, errorInstance instanceof Error ? errorInstance.message : String(errorInstance)].join('\n')
}

async function runBoth(postgres: PostgresDatabase, sequence: readonly Call[], counts: Map<string, number>) {
  await postgres.empty()
  const memory = createSubject(createMemoryDatabase(START_MS))
  const real = createSubject(postgres)
  const subjects = [memory, real]
  for (const { database } of subjects) await prepare(database)
  let nowMs = START_MS
  for (const call of sequence) {
    nowMs += call.call === 'advance' ? call.ms : 0
    counts.set(call.call, (counts.get(call.call) ?? 0) + 1)
    const [expected, actual] = await Promise.all(subjects.map((subject) => step(subject, call, nowMs)))
    expectSame(call, expected, actual)
  }
}

async function prepare(database: Database): Promise<void> {
  await database.setNow(START_MS)
  for (const person of PEOPLE) await database.savePerson(person)
  await database.saveCategory(TENANT, CODES)
  for (const channel of ['EMAIL', 'SMS'] as const) await database.serveChannel(channel)
}

async function step(subject: Subject, call: Call, nowMs: number): Promise<Record<string, unknown>> {
  const { database, labels, announced } = subject
  await database.setNow(nowMs)
  const before = announced.length
  const answer = await runCall(subject, call, await database.readTables(), nowMs)
  const tables = await database.readTables()
  labels.learn(tables)
  // A batch may name one notification twice, and then announces twice what it keeps once.
  const said = new Set(announced.slice(before).flatMap(({ records }) => records.map((record) => record.value)))
  return {
    ...labels.describe(tables),
    answer: labels.toCanonical(answer),
    announced: [...said].sort(),
    refused: database.readRefused().length,
  }
}

function expectSame(call: Call, memory: Record<string, unknown> = {}, postgres: Record<string, unknown> = {}): void {
  for (const [name, expected] of Object.entries(memory)) {
    const actual = postgres[name]
    if (isDeepStrictEqual(expected, actual)) continue
    const said = [`after ${JSON.stringify(call)}, ${name} differ:`, `  memory   ${JSON.stringify(expected)}`]
    throw new Error([...said, `  postgres ${JSON.stringify(actual)}`].join('\n'))
  }
}
