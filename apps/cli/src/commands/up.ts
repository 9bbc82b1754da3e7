import { InvalidArgumentError } from 'commander'
import type { CommandModule } from '../command.ts'
import { dataDirDefault } from '../running/data-dir.ts'

export type UpOptions = {
  data: string
  port: number
  kafkaPort: number
  withKafka?: string
  fresh?: boolean
  quiet?: boolean
  json?: boolean
}

export const up: CommandModule = {
  name: 'up',
  summary: 'run the whole fleet on this machine, with nothing to install',
  build(command, config, finish) {
    command
      .option('--data <dir>', 'where everything is kept', dataDirDefault)
      .option('--port <port>', 'where the API listens; 0 takes a free port', readPort, 3001)
      .option('--kafka-port <port>', 'where the broker listens; 0 takes a free port', readPort, 9092)
      .option('--with-kafka <brokers>', 'use this Kafka instead of ours; DATABASE_URL does the same for Postgres')
      .option('--fresh', 'forget everything that is in the data directory')
      .option('--quiet', 'print nothing but problems')
      .option('--json', 'print one line of JSON when ready')
      .action(async (options: UpOptions) => {
        const { runUp } = await import('../up/run-up.ts')
        finish(await runUp(config, options))
      })
  },
}

function readPort(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new InvalidArgumentError('A port is a number from 0 to 65535.')
}
