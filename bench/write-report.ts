import { readFile, writeFile } from 'node:fs/promises'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import type { Figure } from './figure.ts'
import { formatBest, type Measured } from './measure-pairs.ts'

/** docs/benchmarks.md: every figure with its goal, both series, the machine and what was durable. */
export async function writeReport(
  path: string,
  figures: readonly Figure[],
  measured: readonly Measured[],
  { quick, on, pairs }: { readonly quick: boolean; readonly on: string; readonly pairs: number },
): Promise<void> {
  const lines = [
    '# Benchmarks',
    '',
    'Written by `./carillon bench --write`. Trust ratios: subject and denominator take turns on the same machine, with',
    'everything on it sharing the cores. A ratio is the median',
    `of ${pairs} pairs; its spread is how far the outer pairs are apart.`,
    '',
    ...(await describeMachine(on)),
    ...(quick ? ['', '**Measured in the short form: a smoke test, no figure.**'] : []),
    '',
    '| figure | against | ratio | goal | spread | a second or ms, at best |',
    '| --- | --- | --- | --- | --- | --- |',
    ...figures.map((figure) =>
      formatRow(
        figure,
        measured.find(({ name }) => name === figure.name),
      ),
    ),
  ]
  await writeFile(path, `${lines.join('\n')}\n`)
}

function formatRow(figure: Figure, result: Measured | undefined): string {
  const { name, against, isTime = false, isCeiling = isTime } = figure
  const goal = isCeiling ? `at most ${figure.goal}` : figure.goal
  if (!result)
    return `| ${name} | ${against} | ${figure.elsewhere ? `\`${figure.elsewhere}\`` : 'absent'} | ${goal} | | |`
  const best = [result.subject, result.denominator].map((series) => formatBest(figure, series)).join(' / ')
  const spread = `${(result.spread * 100).toFixed(0)} %`
  return `| ${name} | ${against} | ${result.ratio.toPrecision(3)} | ${goal} | ${spread} | ${best}${isTime ? ' ms' : ''}${result.note ? `; ${result.note}` : ''} |`
}

async function describeMachine(on: string): Promise<string[]> {
  const { catalog } = JSON.parse(await readFile(join(import.meta.dirname, '../package.json'), 'utf8')).workspaces
  const [first] = cpus()
  return [
    `- Machine: ${cpus().length} cores (${first?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}`,
    `- Bun ${Bun.version}; kafkajs ${catalog.kafkajs}, patched; pg ${catalog.pg}; BullMQ ${catalog.bullmq}`,
    `- Broker: ${on === 'kafka' ? 'Apache Kafka, one node, acks=all' : 'embedded, acks=all after its own fsync'}`,
    '- Postgres: fsync and synchronous_commit on. Redis of the peer: append-only file, synced every second',
    '- Peer: a notification, a delivery and an attempt a message, inserted once, claimed with a lease, recorded; the same',
    '  simulated provider, the same settings of Postgres, a process a stage. What only ours does (preferences and sealed',
    '  contacts, ladders, outcomes for others) the peer is spared',
  ]
}
