import { EVENTS_TOPIC, eventsTopic } from '@carillon/contracts'
import { createProducer, replayTopic } from '@carillon/kafka'
import { z } from 'zod'
import type { Outcome } from '../command.ts'
import type { ReplayOptions } from '../commands/replay.ts'
import type { Config } from '../config.ts'
import { askKafka, silentLog } from './ask-kafka.ts'
import { findDatabase, keepAct } from './keep-act.ts'
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
    const detail = { from: options.from.toISOString(), ...sum }
    await keepAct(await findDatabase(config, options), { action: 'replay', detail })
    process.stdout.write(options.json ? `${JSON.stringify(sum)}\n` : render(sum))
  })
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
