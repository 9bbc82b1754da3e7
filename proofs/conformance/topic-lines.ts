import { eventually, expect, expectEqual } from './expect.ts'
import type { Line, Stage } from './line.ts'
import { connectRaw, int8, int16, int32, list, string } from './raw-frames.ts'
import { kcat, tool } from './tools.ts'

export const topicLines: Line[] = [
  { number: 1, name: 'kcat -L -J and kafka-broker-api-versions exit 0', check: describeCluster },
  { number: 2, name: 'kafka-topics: create with retention.ms, list, describe, alter, delete', check: manageTopics },
  { number: 3, name: 'errors 36, 17, 37, 38 of a create', check: refuseTopics },
  { number: 9, name: 'kafka-get-offsets', check: getOffsets },
  { number: 15, name: 'kafka-configs: altered and read', check: alterConfigs },
  { number: 16, name: 'kafka-delete-records', check: deleteRecords },
]

async function describeCluster({ address }: Stage): Promise<void> {
  const listed: { brokers: unknown[] } = JSON.parse(await kcat(address, ['-L', '-J']))
  expectEqual(listed.brokers.length, 1, 'brokers that kcat lists')
  const versions = await tool('kafka-broker-api-versions', address, [])
  expect(/Produce\(0\): 0 to \d+/.test(versions), 'the tool names Produce')
}

async function manageTopics({ address }: Stage): Promise<void> {
  const topics = (...args: string[]) => tool('kafka-topics', address, args)
  const shape = ['--partitions', '2', '--replication-factor', '1', '--config', 'retention.ms=86400000']
  await topics('--create', '--topic', 'managed', ...shape)
  const described = await topics('--describe', '--topic', 'managed')
  expect(described.includes('PartitionCount: 2'), `described with two partitions: ${described}`)
  expect(described.includes('retention.ms=86400000'), `described with its setting: ${described}`)
  await topics('--alter', '--topic', 'managed', '--partitions', '4')
  const altered: { topics: { partitions: unknown[] }[] } = JSON.parse(
    await kcat(address, ['-L', '-J', '-t', 'managed']),
  )
  expectEqual(altered.topics[0]?.partitions.length, 4, 'partitions after the change')
  const before = await topics('--list')
  expect(before.split('\n').includes('managed'), 'listed')
  await topics('--delete', '--topic', 'managed')
  await eventually(5_000, async () => {
    const after: { topics: { topic: string }[] } = JSON.parse(await kcat(address, ['-L', '-J']))
    expect(!after.topics.some(({ topic }) => topic === 'managed'), 'gone after the delete')
  })
}

// Version 2 of CreateTopics, where the codes can be seen.
async function refuseTopics({ address, createTopic }: Stage): Promise<void> {
  await createTopic('taken')
  const wish = (name: string, partitions: number, replicas: number) =>
    Buffer.concat([string(name), int32(partitions), int16(replicas), list([]), list([])])
  const wishes = [wish('taken', 1, 1), wish('no/name', 1, 1), wish('none', 0, 1), wish('copies', 1, 2)]
  const raw = await connectRaw(address)
  const answer = await raw.ask(19, 2, Buffer.concat([list(wishes), int32(5_000), int8(0)]))
  raw.close()
  const codes: Record<string, number> = {}
  for (let at = 8, left = answer.readInt32BE(4); left > 0; left--) {
    const nameEnd = at + 2 + answer.readInt16BE(at)
    codes[answer.toString('utf8', at + 2, nameEnd)] = answer.readInt16BE(nameEnd)
    at = nameEnd + 4 + Math.max(0, answer.readInt16BE(nameEnd + 2))
  }
  const found = ['taken', 'no/name', 'none', 'copies'].map((name) => codes[name])
  expectEqual(found, [36, 17, 37, 38], 'codes')
}

async function getOffsets({ address, createTopic }: Stage): Promise<void> {
  await createTopic('counted')
  await kcat(address, ['-P', '-t', 'counted'], { stdin: 'a\nb\nc\n' })
  const out = await tool('kafka-get-offsets', address, ['--topic', 'counted'])
  expectEqual(out.trim(), 'counted:0:3', 'end offset')
}

async function alterConfigs({ address, createTopic }: Stage): Promise<void> {
  await createTopic('tuned')
  const entity = ['--entity-type', 'topics', '--entity-name', 'tuned']
  await tool('kafka-configs', address, [...entity, '--alter', '--add-config', 'retention.ms=3600000'])
  const out = await tool('kafka-configs', address, [...entity, '--describe'])
  expect(out.includes('retention.ms=3600000'), `the setting is read back: ${out}`)
}

async function deleteRecords({ target, address, createTopic }: Stage): Promise<void> {
  await createTopic('shortened')
  await kcat(address, ['-P', '-t', 'shortened'], { stdin: '0\n1\n2\n3\n4\n' })
  const wanted = { partitions: [{ topic: 'shortened', partition: 0, offset: 3 }], version: 1 }
  const file = `/tmp/delete-records-${target.name}-${process.pid}.json`
  await Bun.write(file, JSON.stringify(wanted))
  const out = await tool('kafka-delete-records', address, ['--offset-json-file', file])
  await Bun.file(file).delete()
  expect(out.includes('low_watermark: 3'), `the low watermark is 3: ${out}`)
  expectEqual(await kcat(address, ['-C', '-t', 'shortened', '-o', 'beginning', '-e', '-q']), '3\n4\n', 'what is left')
}
