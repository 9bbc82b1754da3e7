import { eventually, expect, expectEqual } from './expect.ts'
import type { Line, Stage } from './line.ts'
import { connectRaw, fetchBody, readFetched } from './raw-frames.ts'
import { kcat, tool } from './tools.ts'

export const recordLines: Line[] = [
  { number: 4, name: 'kcat: none, gzip, lz4, zstd x acks -1, 1, 0, byte for byte back', check: produceEveryWay },
  { number: 5, name: 'key, headers, idempotence', check: keepKeysAndHeaders },
  { number: 6, name: 'console producer and consumer', check: useConsole },
  { number: 7, name: 'kcat -o -5, -o s@time, -Q', check: findOffsets },
  { number: 8, name: 'out-of-range recovery', check: recoverFromOutOfRange },
  { number: 19, name: 'the perf tools complete', check: measure },
]

async function produceEveryWay({ address, createTopic, random }: Stage): Promise<void> {
  const codecs = ['none', 'gzip', 'lz4', 'zstd']
  const ways = codecs.flatMap((codec) => ['-1', '1', '0'].map((acks) => ({ codec, acks })))
  await createTopic('ways', ways.length)
  const texts = ways.map(() =>
    Array.from({ length: 200 }, () => `${random()} ${'é'.repeat(Math.floor(random() * 50))}\n`).join(''),
  )
  const produceOneWay = async ({ codec, acks }: { codec: string; acks: string }, partition: number) => {
    const lines = texts[partition] ?? ''
    const place = ['-t', 'ways', '-p', String(partition)]
    await kcat(address, ['-P', ...place, '-z', codec, '-X', `acks=${acks}`], { stdin: lines })
    await eventually(5_000, async () => {
      const back = await kcat(address, ['-C', ...place, '-o', 'beginning', '-e', '-q'])
      expect(back === lines, `${codec} with acks ${acks} came back as ${back.length} of ${lines.length} characters`)
    })
  }
  await Promise.all(ways.map((way, partition) => (way.acks === '0' ? undefined : produceOneWay(way, partition))))
  // One after the other: what nobody acknowledges, a broker that has too much to do may drop.
  for (const [partition, way] of ways.entries()) if (way.acks === '0') await produceOneWay(way, partition)
}

async function keepKeysAndHeaders({ address, createTopic }: Stage): Promise<void> {
  await createTopic('headed')
  const how = ['-P', '-t', 'headed', '-K', ':', '-H', 'trace=abc', '-H', 'tenant=t1', '-X', 'enable.idempotence=true']
  await kcat(address, how, { stdin: 'k1:v1\nk2:v2\n' })
  const out = await kcat(address, ['-C', '-t', 'headed', '-o', 'beginning', '-e', '-q', '-J'])
  const records = out
    .trim()
    .split('\n')
    .map((line): { key: string; payload: string; headers: string[] } => JSON.parse(line))
  const headers = ['trace', 'abc', 'tenant', 't1']
  const seen = records.map(({ key, payload, headers }) => ({ key, payload, headers }))
  expectEqual(
    seen,
    [
      { key: 'k1', payload: 'v1', headers },
      { key: 'k2', payload: 'v2', headers },
    ],
    'records',
  )
}

async function useConsole({ address, createTopic }: Stage): Promise<void> {
  await createTopic('console')
  await tool('kafka-console-producer', address, ['--topic', 'console'], { stdin: 'one\ntwo\nthree\n' })
  const how = ['--topic', 'console', '--from-beginning', '--max-messages', '3', '--timeout-ms', '20000']
  expectEqual(await tool('kafka-console-consumer', address, how), 'one\ntwo\nthree\n', 'what the consumer prints')
}

async function findOffsets({ address, createTopic }: Stage): Promise<void> {
  await createTopic('timed')
  const consume = (from: string) => kcat(address, ['-C', '-t', 'timed', '-p', '0', '-o', from, '-e', '-q'])
  await kcat(address, ['-P', '-t', 'timed'], { stdin: 'a\nb\nc\nd\n' })
  await Bun.sleep(20)
  const between = Date.now()
  await Bun.sleep(20)
  await kcat(address, ['-P', '-t', 'timed', '-z', 'gzip'], { stdin: 'e\nf\ng\n' })
  expectEqual(await consume('-5'), 'c\nd\ne\nf\ng\n', 'the last five')
  expectEqual(await consume(`s@${between}`), 'e\nf\ng\n', 'from the time on')
  const query = (time: number) => kcat(address, ['-Q', '-t', `timed:0:${time}`])
  expect((await query(between)).includes('offset 4'), 'the offset of the time')
  expect(/offset (-1|7)\b/.test(await query(between + 3_600_000)), 'no record after the last')
}

async function recoverFromOutOfRange({ address, createTopic }: Stage): Promise<void> {
  await createTopic('ranged')
  await kcat(address, ['-P', '-t', 'ranged'], { stdin: 'a\nb\n' })
  const raw = await connectRaw(address)
  expectEqual(readFetched(await raw.ask(1, 4, fetchBody('ranged', { offset: 1_000 }))).errorCode, 1, 'error')
  raw.close()
  const how = ['-C', '-t', 'ranged', '-p', '0', '-o', '1000', '-e', '-q', '-X', 'topic.auto.offset.reset=earliest']
  expectEqual(await kcat(address, how), 'a\nb\n', 'what the consumer falls back to')
}

async function measure({ address, createTopic }: Stage): Promise<void> {
  await createTopic('measured', 2)
  const count = '50000'
  const how = ['--topic', 'measured', '--num-records', count, '--record-size', '300', '--throughput', '-1']
  const produced = await tool('kafka-producer-perf-test', address, how)
  expect(produced.includes(`${count} records sent`), `all are sent: ${produced.slice(-200)}`)
  const consumed = await tool('kafka-consumer-perf-test', address, [
    '--topic',
    'measured',
    '--num-records',
    count,
    '--timeout',
    '20000',
  ])
  const row = consumed.trim().split('\n').at(-1)?.split(', ') ?? []
  expect(Number(row[4]) >= Number(count), `all are read: ${consumed.slice(-200)}`)
}
