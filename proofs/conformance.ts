import { clientLines } from './conformance/client-lines.ts'
import { frameLines } from './conformance/frame-lines.ts'
import { groupLines } from './conformance/group-lines.ts'
import { killLine } from './conformance/kill-line.ts'
import { createStage, type Line, type Stage } from './conformance/line.ts'
import { recordLines } from './conformance/record-lines.ts'
import { startEmbedded, startKafka, type Target } from './conformance/target.ts'
import { topicLines } from './conformance/topic-lines.ts'
import type { Proof } from './proof.ts'

// Every line runs against both: what the embedded broker promises is what Apache Kafka does.
const lines = [...topicLines, ...recordLines, ...groupLines, ...clientLines, ...frameLines, killLine].sort(
  (one, other) => one.number - other.number,
)
const kills = { full: 200, quick: 4 }

export const proof: Proof = {
  name: 'conformance',
  summary: 'the embedded broker and Apache Kafka answer kcat, Kafka’s Java tools and kafkajs alike',
  async run({ seed, quick, print }) {
    const figures: Record<string, string> = {}
    let passed = true
    const targets: Target[] = []
    try {
      targets.push(await startEmbedded(), await startKafka())
      const stages = targets.map((target) => createStage(target, seed, quick ? kills.quick : kills.full))
      print(`${'line'.padEnd(78)} ${targets.map(({ name }) => name.padEnd(12)).join('')}`)
      for (const line of lines) {
        const results = await checkOnAll(line, stages)
        const name = `${String(line.number).padStart(2)} ${line.name}`
        print(`${name.padEnd(78)} ${results.map((result) => result.padEnd(12)).join('')}`)
        passed &&= results.every((result) => result.startsWith('ok'))
        figures[name] = results.join(' / ')
      }
    } finally {
      await Promise.all(targets.map((target) => target.stop()))
    }
    return { passed, figures }
  },
}

async function checkOnAll(line: Line, stages: Stage[]): Promise<string[]> {
  if (!line.measuresTime) return Promise.all(stages.map((stage) => checkLine(line, stage)))
  const results: string[] = []
  for (const stage of stages) results.push(await checkLine(line, stage))
  return results
}

async function checkLine(line: Line, stage: Stage): Promise<string> {
  const startedAtMs = performance.now()
  try {
    await line.check(stage)
    return `ok ${((performance.now() - startedAtMs) / 1_000).toFixed(1)} s`
  } catch (cause) {
    return `FAILED: ${cause instanceof Error ? cause.message : String(cause)}`
  }
}
