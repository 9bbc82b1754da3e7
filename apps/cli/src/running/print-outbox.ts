import { readFile } from 'node:fs/promises'
import { styleText } from 'node:util'
import type { SimulatedMessage } from '@carillon/delivery'
import type { Outcome } from '../command.ts'
import type { Config } from '../config.ts'
import { nameDataDir } from './data-dir.ts'

/** What simulated channels kept instead of sending, oldest first. */
export async function printOutbox(config: Config, options: { data: string; json?: boolean }): Promise<Outcome> {
  const { outbox, path } = nameDataDir(config.rootDir, options.data)
  const text = await readFile(outbox, 'utf8').catch(() => '')
  // The last line may be half-written while the fleet runs.
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
  if (options.json) process.stdout.write(lines.map((line) => `${line}\n`).join(''))
  else if (lines.length === 0) process.stdout.write(`Nothing was simulated in ${path} so far.\n`)
  else for (const line of lines) process.stdout.write(renderMessage(JSON.parse(line)))
  return { exitCode: 0 }
}

function renderMessage({ at, channel, to, subject, text, deliveryId }: SimulatedMessage): string {
  const words = (subject || text).replaceAll(/\s+/g, ' ').slice(0, 60)
  return `${at}  ${channel.padEnd(8)}  ${to.padEnd(28)}  ${words.padEnd(40)}  ${styleText('dim', deliveryId)}\n`
}
