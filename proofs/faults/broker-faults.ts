import { EVENTS_DLQ, READ_TOPIC, type replayDeadLettersAnswerSchema } from '@carillon/contracts'
import { FLEET_GROUPS, moveGroups, readTopic, readTopicEnds, type StageBroker } from '@carillon/testkit'
import type { z } from 'zod'
import { waitUntilUp } from '../kills/kill-all.ts'
import type { Fault } from './fault.ts'
import type { FaultStage } from './open-fault-stage.ts'
import { freezePid, limitFiles, settle } from './processes.ts'

const CONSUMERS = ['router', 'email', 'escalation'] as const
const EVENTS = 'notification.events'
const MAILS = 'notification.email'

const POISON = [
  '',
  'no JSON',
  'null',
  '[]',
  '{"recipientIds":[]}',
  '{"__proto__":{"type":"X"},"title":1}',
  `${'['.repeat(200)}${']'.repeat(200)}`,
  '{"type":"X","title":"t","message":"m","recipients":[{"email":"a@@b"}]}',
  '\u0000\ufffd',
] as const

const REPLAYED_MAX = 5_000
const LETTERS = { quick: 200, full: 10_000 }
const LETTERS_A_CALL = 100

function ours({ broker }: FaultStage): StageBroker {
  if (!broker) throw new Error('break the broker: it is not ours')
  return broker
}

export const BROKER_FAULTS: readonly Fault[] = [
  {
    name: 'the broker killed',
    async inject(stage, random, quick) {
      const broker = ours(stage)
      const kills = quick ? 1 : 3
      for (let done = 0; done < kills; done++) {
        await broker.kill()
        await Bun.sleep(random.below(2_000))
        await broker.start()
        await Bun.sleep(random.below(1_000))
      }
      return kills
    },
  },
  {
    name: 'the broker paused',
    async inject(stage, _random, quick) {
      const pauses = quick ? 1 : 2
      for (let done = 0; done < pauses; done++) {
        await freezePid(await ours(stage).readPid(), quick ? 3_000 : 15_000)
        await Bun.sleep(2_000)
      }
      return pauses
    },
  },
  {
    name: 'the disk of the broker full',
    async inject(stage, _random, quick) {
      const broker = ours(stage)
      const waitMs = quick ? 2_000 : 6_000
      await limitFiles([await broker.readPid()], 1)
      const written = stage.producer.publish({ topic: EVENTS, key: 'probe', value: 'no JSON' })
      const isWritten = await Promise.race([written.then(Boolean, () => false), Bun.sleep(waitMs).then(() => false)])
      await Bun.sleep(waitMs)
      await broker.kill()
      await broker.start()
      return { count: 1, broken: isWritten ? ['the broker went on writing'] : [] }
    },
  },
  {
    name: 'offsets set back to the beginning',
    async inject(stage) {
      for (const app of CONSUMERS) await waitUntilUp(stage, app)
      await Promise.all(CONSUMERS.map((app) => stage.fleet.kill(app, 'SIGTERM')))
      await moveGroups(stage.kafka.connection.brokers[0] ?? '', FLEET_GROUPS, 'earliest')
      await Promise.all(CONSUMERS.map((app) => stage.fleet.start(app)))
      return FLEET_GROUPS.length
    },
  },
  {
    name: 'topics replayed twice and shuffled',
    async inject({ kafka, producer }, random) {
      let count = 0
      for (const topic of [EVENTS, `${EVENTS}.urgent`, MAILS]) {
        const known = (await readTopic(kafka, topic)).slice(-REPLAYED_MAX)
        const again = random.shuffle([...known, ...known])
        await producer.publishMany(again.map(({ key, value, headers }) => ({ topic, key, value, headers })))
        count += again.length
      }
      return count
    },
  },
  {
    name: 'records that are no records',
    async inject({ producer }, random) {
      const records = [EVENTS, `${EVENTS}.urgent`, MAILS, READ_TOPIC].flatMap((topic) =>
        random.shuffle(POISON).map((value) => ({ topic, key: 'poison', value })),
      )
      await producer.publishMany(records)
      return records.length
    },
  },
  {
    name: 'dead letters by the thousand, all replayed',
    async inject(stage, random, quick) {
      const count = LETTERS[quick ? 'quick' : 'full']
      const before = await readTopicEnds(stage.kafka, EVENTS_DLQ)
      const write = (index: number) => ({ topic: EVENTS, key: `letter-${index}`, value: random.pick(POISON) })
      await stage.producer.publishMany(Array.from({ length: count }, (_, index) => write(index)))
      const letters = await waitForLetters(stage, before, count)
      const replayed = await replay(stage, letters)
      const back = (await waitForLetters(stage, before, count + replayed)).length
      const broken = [
        ...(replayed === count ? [] : [`${replayed} of ${count} dead letters replayed`]),
        ...(back === count + replayed ? [] : [`${back - count} of ${replayed} came back`]),
      ]
      return { count: replayed, broken }
    },
  },
  {
    name: 'a flood',
    async inject({ producer }, random, quick) {
      const count = quick ? 300 : 3_000
      const prefix = `flood-${random.below(1_000_000)}`
      const records = Array.from({ length: count }, (_, index) => {
        const id = `${prefix}-${index}`
        const recipients = [{ userId: id, email: `${id}@example.com` }]
        const event = { id, type: 'NEWS', title: 'News', message: 'Read them.', recipients, channels: ['EMAIL'] }
        return { topic: EVENTS, key: id, value: JSON.stringify(event) }
      })
      await producer.publishMany(records)
      return count
    },
  },
]

type Letters = readonly { readonly partition: number; readonly offset: string }[]

async function waitForLetters(
  { kafka }: FaultStage,
  before: Awaited<ReturnType<typeof readTopicEnds>>,
  count: number,
): Promise<Letters> {
  const ends = await settle(120_000, async () => {
    const seen = await readTopicEnds(kafka, EVENTS_DLQ)
    const more = [...seen].reduce((sum, [partition, end]) => sum + end - (before.get(partition) ?? 0), 0)
    return { isSo: more >= count, seen }
  })
  return [...ends].flatMap(([partition, end]) => {
    const from = before.get(partition) ?? 0
    return Array.from({ length: end - from }, (_, index) => ({ partition, offset: String(from + index) }))
  })
}

async function replay({ api }: FaultStage, letters: Letters): Promise<number> {
  let replayed = 0
  for (let from = 0; from < letters.length; from += LETTERS_A_CALL) {
    const body = { topic: EVENTS_DLQ, letters: letters.slice(from, from + LETTERS_A_CALL) }
    const path = '/api/admin/dlq/replay'
    const answer = await api.call<z.infer<typeof replayDeadLettersAnswerSchema>>('POST', path, { body })
    if (answer.status === 200) replayed += answer.body.replayedCount
  }
  return replayed
}
