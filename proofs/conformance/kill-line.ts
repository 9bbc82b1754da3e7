import { appendFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Producer } from 'kafkajs'
import { eventually, expect, expectEqual, within } from './expect.ts'
import { createClient, type Line, type Stage } from './line.ts'
import { commitBody, connectRaw, readCommitted } from './raw-frames.ts'

export const killLine: Line = {
  number: 20,
  name: 'kill -9 in mid-produce: every acknowledged record is there',
  check: killAgainAndAgain,
}

const topic = 'killed'
const groupId = 'survivors'

// One producer lives through every kill; after each, the log's end gets a torn batch as a power cut leaves it.
async function killAgainAndAgain(stage: Stage): Promise<void> {
  const { target, createTopic, kafka, kills, random } = stage
  await createTopic(topic)
  const producer = kafka.producer()
  await producer.connect()
  const acknowledged = new Map<string, number>()
  try {
    for (let round = 1; round <= kills; round++) {
      const isOver = { value: false }
      const producing = keepProducing(producer, round, acknowledged, isOver)
      await Bun.sleep(20 + random() * 150)
      await target.kill()
      isOver.value = true
      if (round % 3 === 0) await tearTail(target.logDirectory(topic))
      await target.start()
      await within(60_000, 'the producer going on', producing)
      await commitAndCheck(stage, round)
      if (round % 20 === 0 || round === kills) await checkRecords(stage, acknowledged)
    }
  } finally {
    await producer.disconnect()
  }
  expect(acknowledged.size > kills, `records were acknowledged: ${acknowledged.size}`)
}

async function keepProducing(
  producer: Producer,
  round: number,
  acknowledged: Map<string, number>,
  isOver: { value: boolean },
): Promise<void> {
  for (let index = 0; ; index++) {
    const messages = [0, 1, 2].map((part) => ({ value: `${round}-${index}-${part}-${'x'.repeat(300)}` }))
    const wasOver = isOver.value
    // A refused connection makes kafkajs give up at once while the broker is down; the same producer must go on later.
    const [result] = await eventually(60_000, () => producer.send({ topic, acks: -1, messages }))
    const base = Number(result?.baseOffset)
    for (const [part, { value }] of messages.entries()) acknowledged.set(value, base + part)
    // This one was sent to the broker that was started again.
    if (wasOver) return
  }
}

async function tearTail(directory: string): Promise<void> {
  const segments = (await readdir(directory)).filter((name) => name.endsWith('.log')).sort()
  await appendFile(join(directory, segments.at(-1) ?? ''), Buffer.alloc(75, 7))
}

async function commitAndCheck({ address }: Stage, round: number): Promise<void> {
  const admin = createClient(address).admin()
  await admin.connect()
  try {
    // Apache Kafka loads its offsets for a moment after a start, and kafkajs does not wait for that.
    const [stored] = await eventually(30_000, () => admin.fetchOffsets({ groupId, topics: [topic] }))
    const wanted = round === 1 ? '-1' : String(round - 1)
    expectEqual(stored?.partitions[0]?.offset, wanted, 'the offset that was committed before the kill')
  } finally {
    await admin.disconnect()
  }
  // Not with kafkajs's setOffsets, which joins the group and polls for five seconds.
  const raw = await connectRaw(address)
  await eventually(30_000, async () => {
    const code = readCommitted(await raw.ask(8, 2, commitBody(groupId, topic, round)))
    expectEqual(code, 0, 'the error of a commit')
  })
  raw.close()
}

async function checkRecords(stage: Stage, acknowledged: Map<string, number>): Promise<void> {
  const found = await readAll(stage)
  for (const [index, { offset }] of found.entries()) expectEqual(offset, index, 'offsets without a gap')
  for (const [value, offset] of acknowledged)
    expect(found[offset]?.value === value, `the record that was acknowledged at ${offset} is there`)
}

async function readAll({ address }: Stage): Promise<{ offset: number; value: string }[]> {
  const kafka = createClient(address)
  const admin = kafka.admin()
  await admin.connect()
  const [end] = await admin.fetchTopicOffsets(topic)
  await admin.disconnect()
  const consumer = kafka.consumer({ groupId: `readers-${crypto.randomUUID()}`, maxWaitTimeInMs: 100 })
  const found: { offset: number; value: string }[] = []
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  try {
    const done = Promise.withResolvers<void>()
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const { offset, value } of batch.messages) found.push({ offset: Number(offset), value: String(value) })
        if (found.length >= Number(end?.offset)) done.resolve()
      },
    })
    await within(60_000, 'reading everything', done.promise)
  } finally {
    await consumer.disconnect()
  }
  return found
}
