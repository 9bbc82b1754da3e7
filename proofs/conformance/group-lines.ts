import { eventually, expect, expectEqual, within } from './expect.ts'
import type { Line, Stage } from './line.ts'
import { followKcat, kcat, tool } from './tools.ts'

export const groupLines: Line[] = [
  { number: 10, name: 'a group resumes; --describe --all-groups shows the true lag', check: resume },
  { number: 11, name: '--reset-offsets to earliest and to a time, --delete', check: resetOffsets },
  { number: 12, name: 'kcat -G, range and cooperative-sticky', check: balanceKcats },
]

async function consumeInGroup({ kafka }: Stage, topic: string, groupId: string, count: number): Promise<string[]> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, retry: { retries: 30, initialRetryTime: 50 } })
  const values: string[] = []
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  try {
    await within(
      30_000,
      `reading ${count} of ${topic}`,
      new Promise<void>((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error))
        const run = consumer.run({
          autoCommit: false,
          eachMessage: async ({ message, partition }) => {
            if (values.length >= count) return
            values.push(String(message.value))
            if (values.length < count) return
            await consumer.commitOffsets([{ topic, partition, offset: String(Number(message.offset) + 1) }])
            resolve()
          },
        })
        run.catch(reject)
      }),
    )
  } finally {
    await consumer.disconnect()
  }
  return values
}

async function resume(stage: Stage): Promise<void> {
  const { address, createTopic } = stage
  await createTopic('resumed')
  const lines = Array.from({ length: 50 }, (_, index) => String(index))
  await kcat(address, ['-P', '-t', 'resumed'], { stdin: `${lines.join('\n')}\n` })
  expectEqual(await consumeInGroup(stage, 'resumed', 'resumers', 30), lines.slice(0, 30), 'the first part')
  const described = await tool('kafka-consumer-groups', address, ['--describe', '--all-groups'])
  const row = described.split('\n').find((line) => /^resumers\s+resumed\s/.test(line)) ?? ''
  expectEqual(row.split(/\s+/).slice(2, 6), ['0', '30', '50', '20'], 'partition, offset, end and lag')
  expectEqual(await consumeInGroup(stage, 'resumed', 'resumers', 20), lines.slice(30), 'the rest')
}

async function resetOffsets(stage: Stage): Promise<void> {
  const { address, createTopic } = stage
  await createTopic('rewound')
  await kcat(address, ['-P', '-t', 'rewound'], { stdin: 'a\nb\nc\n' })
  await Bun.sleep(20)
  const between = new Date().toISOString().replace('Z', '')
  await Bun.sleep(20)
  await kcat(address, ['-P', '-t', 'rewound'], { stdin: 'd\ne\n' })
  await consumeInGroup(stage, 'rewound', 'rewinders', 5)
  const groups = (...args: string[]) => tool('kafka-consumer-groups', address, ['--group', 'rewinders', ...args])
  const reset = (...to: string[]) => groups('--reset-offsets', '--topic', 'rewound', '--execute', ...to)
  const newOffset = (out: string) => /rewinders\s+rewound\s+0\s+(\d+)/.exec(out)?.[1]
  expectEqual(newOffset(await reset('--to-earliest')), '0', 'earliest')
  expectEqual(newOffset(await reset('--to-datetime', between)), '3', 'the time')
  expectEqual(await consumeInGroup(stage, 'rewound', 'rewinders', 2), ['d', 'e'], 'what is read after it')
  const deleted = await groups('--delete')
  expect(deleted.includes('was successful'), `deleted: ${deleted}`)
}

async function balanceKcats(stage: Stage): Promise<void> {
  await Promise.all(['range', 'cooperative-sticky'].map((strategy) => balance(stage, strategy)))
}

async function balance({ address, createTopic, kafka }: Stage, strategy: string): Promise<void> {
  const topic = await createTopic(`balanced-${strategy}`, 4)
  const how = ['-G', `kcats-${strategy}`, '-X', `partition.assignment.strategy=${strategy}`, '-o', 'beginning']
  const quick = ['-X', 'session.timeout.ms=6000', '-X', 'heartbeat.interval.ms=300', '-u', '-f', '%p %s\n', topic]
  const one = followKcat(address, [...how, ...quick])
  const other = followKcat(address, [...how, ...quick])
  const producer = kafka.producer()
  await producer.connect()
  const sent: string[] = []
  try {
    await eventually(30_000, async () => {
      const round = [0, 1, 2, 3].map((partition) => ({ partition, value: `v${sent.length + partition}` }))
      sent.push(...round.map(({ value }) => value))
      await producer.send({ topic, messages: round })
      await Bun.sleep(100)
      const seen = new Set([...one.lines, ...other.lines].map((line) => line.split(' ')[1]))
      const partitionsOf = (lines: string[]) => new Set(lines.slice(-8).map((line) => line.split(' ')[0])).size
      expect(
        sent.every((value) => seen.has(value)),
        `${strategy}: every record reaches one of the two`,
      )
      expectEqual([partitionsOf(one.lines), partitionsOf(other.lines)], [2, 2], `${strategy}: partitions of each`)
    })
  } finally {
    await Promise.all([one.stop(), other.stop(), producer.disconnect()])
  }
}
