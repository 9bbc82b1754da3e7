import { EVENTS_TOPIC, eventsTopic } from '@carillon/contracts'
import { createProducer, replayTopic } from '@carillon/kafka'
import { keepOperatorAct, openPool } from '@carillon/store'
import { z } from 'zod'
import type { Outcome } from '../command.ts'
import type { ReplayOptions } from '../commands/replay.ts'
import type { Config } from '../config.ts'
import { askKafka, silentLog } from './ask-kafka.ts'
import { nameDataDir } from './data-dir.ts'
import { explain } from './explain.ts'
import { findRunning } from './find-running.ts'
import { nameOperator } from './name-operator.ts'
import { startProgress } from './start-progress.ts'

const namedSchema = z.object({ id: z.string().min(1) })

/** An event without an id is known by where it lies; published again it would be another one, and so it is left out. */
export function replayEvents(config: Config, options: ReplayOptions): Promise<Outcome> {
  return askKafka(config, options, async (_topics, connection) => {
    const access = { connection, log: silentLog }
    const producer = createProducer(access)
    const sum = { replayed: 0, left: 0 }
    try {
      for (const topic of [EVENTS_TOPIC, eventsTopic('urgent')]) {
        const progress = startProgress(`of ${topic}`)
        const { from } = options
        const done = await replayTopic({ access, producer, topic, from, mayReplay, onProgress: progress.show })
        progress.end()
        sum.replayed += done.replayed
        sum.left += done.left
      }
    } finally {
      await producer.close()
    }
    await keepReplay(config, options, sum)
    process.stdout.write(options.json ? `${JSON.stringify(sum)}\n` : render(sum))
  })
}

/** The replay is done and harms nobody: that it could not be recorded is said, and is no failure of it. */
async function keepReplay(config: Config, options: ReplayOptions, sum: object): Promise<void> {
  try {
    const pool = openPool({ connectionString: await findDatabase(config, options), max: 1, applicationName: 'replay' })
    try {
      const detail = { from: options.from.toISOString(), ...sum }
      await keepOperatorAct(pool, { actor: nameOperator(), action: 'replay', detail })
    } finally {
      await pool.end()
    }
  } catch (error) {
    process.stderr.write(`carillon: the replay is not in the audit log: ${explain(error)}\n`)
  }
}

async function findDatabase({ environment, rootDir }: Config, { data }: ReplayOptions): Promise<string> {
  if (environment.DATABASE_URL) return environment.DATABASE_URL
  const running = await findRunning(nameDataDir(rootDir, data))
  if ('problem' in running) throw new Error('no database is known; set DATABASE_URL')
  return running.database
}

function mayReplay({ value }: { value: Buffer | null }): boolean {
  try {
    return namedSchema.safeParse(JSON.parse(String(value))).success
  } catch {
    return false
  }
}

function render({ replayed, left }: { replayed: number; left: number }): string {
  const without = left > 0 ? `; ${left} without an id were left out, since they would be new events` : ''
  return `${replayed} ${replayed === 1 ? 'event' : 'events'} published again${without}\n`
}
