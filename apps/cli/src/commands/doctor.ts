import type { CommandModule } from '../command.ts'
import { dataDirDefault } from '../running/data-dir.ts'

export type DoctorOptions = { data: string; kafka?: string; database?: string; json?: boolean }

export const doctor: CommandModule = {
  name: 'doctor',
  summary: 'look at everything that the fleet needs, and say what is wrong and what helps',
  build(command, config, finish) {
    command
      .option('--kafka <brokers>', 'which Kafka; otherwise KAFKA_BROKER, or that of ./carillon up')
      .option('--database <url>', 'which Postgres; otherwise DATABASE_URL, or that of ./carillon up')
      .option('--data <dir>', 'the data directory of ./carillon up', dataDirDefault)
      .option('--json', 'print one line of JSON')
      .action(async (options: DoctorOptions) => {
        const { runDoctor } = await import('../doctor/run-doctor.ts')
        finish(await runDoctor(config, options))
      })
  },
}
