import { InvalidArgumentError } from 'commander'
import type { CommandModule } from '../command.ts'
import { dataDirDefault } from '../running/data-dir.ts'

export type ReplayOptions = { data: string; kafka?: string; from: Date; json?: boolean }

export const replay: CommandModule = {
  name: 'replay',
  summary: 'plan the events since a moment again; nothing is sent twice by it',
  build(command, config, finish) {
    command
      .requiredOption('--from <time>', 'since when, like 2026-11-21T10:00:00Z, or 30m, 2h, 1d ago', readTime)
      .option('--kafka <brokers>', 'which Kafka; otherwise KAFKA_BROKER, or that of ./carillon up')
      .option('--data <dir>', 'the data directory of ./carillon up', dataDirDefault)
      .option('--json', 'print one line of JSON')
      .action(async (options: ReplayOptions) => {
        const { replayEvents } = await import('../running/replay-events.ts')
        finish(await replayEvents(config, options))
      })
  },
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

function readTime(text: string): Date {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  const time = count ? new Date(Date.now() - Number(count) * (UNIT_MS[unit] ?? 0)) : new Date(text)
  // Without a zone it would mean another moment on another machine.
  if (!Number.isNaN(time.getTime()) && (count || /(Z|[+-]\d\d:\d\d)$/.test(text))) return time
  throw new InvalidArgumentError('A time is like 2026-11-21T10:00:00Z, with its zone, or like 30m, 2h or 1d.')
}
