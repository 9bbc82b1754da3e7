import { expect, expectEqual } from './expect.ts'
import type { Line, Stage } from './line.ts'
import {
  connectRaw,
  fetchBody,
  int16,
  int32,
  produceBody,
  type RawConnection,
  readFetched,
  readProduced,
  recordBatch,
} from './raw-frames.ts'
import { kcat } from './tools.ts'

export const frameLines: Line[] = [
  { number: 17, name: 'raw frames: bad CRC, repeats, gaps, a one-byte fetch, garbage, oversize', check: sendRawFrames },
  {
    number: 18,
    name: 'long poll: maxWait +- 50 ms, wakes < 50 ms after a produce',
    measuresTime: true,
    check: pollLong,
  },
]

async function sendRawFrames(stage: Stage): Promise<void> {
  const { address, createTopic } = stage
  await createTopic('raw')
  const raw = await connectRaw(address)
  const produce = async (batch: Buffer) => readProduced(await raw.ask(0, 7, produceBody('raw', batch)))
  const damaged = recordBatch({ values: ['damaged'] })
  damaged.writeUInt8(damaged.readUInt8(damaged.length - 2) ^ 1, damaged.length - 2)
  expectEqual((await produce(damaged)).errorCode, 2, 'a bad CRC')
  expectEqual(
    (await produce(Buffer.concat([recordBatch({ values: ['a'] }), recordBatch({ values: ['b'] })]))).errorCode,
    87,
    'two batches',
  )
  await repeatAndSkip(raw, produce)
  const one = readFetched(await raw.ask(1, 4, fetchBody('raw', { offset: 1, maxBytes: 1 })))
  expect(
    one.records.length > 1 && one.records.length === 12 + one.records.readInt32BE(8),
    'one byte asked, one whole batch',
  )
  raw.close()
  await sendRubbish(address)
  expect((await kcat(address, ['-L', '-t', 'raw'])).includes('"raw"'), 'it goes on serving')
}

async function repeatAndSkip(
  raw: RawConnection,
  produce: (batch: Buffer) => Promise<{ errorCode: number; baseOffset: number }>,
): Promise<void> {
  const granted = await raw.ask(22, 0, Buffer.concat([int16(-1), int32(60_000)]))
  const producerId = Number(granted.readBigInt64BE(6))
  const epoch = granted.readInt16BE(14)
  const send = (sequence: number) => produce(recordBatch({ values: ['x', 'y'], producerId, epoch, sequence }))
  const first = await send(0)
  expectEqual(first.errorCode, 0, 'the first batch of a producer')
  expectEqual(await send(2), { errorCode: 0, baseOffset: first.baseOffset + 2 }, 'its second')
  expectEqual(await send(0), { errorCode: 0, baseOffset: first.baseOffset }, 'the first again')
  expectEqual((await send(9)).errorCode, 45, 'a gap')
}

async function sendRubbish(address: string): Promise<void> {
  for (const rubbish of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), int32(2 ** 31 - 1), int32(-5)]) {
    const raw = await connectRaw(address)
    raw.send(rubbish)
    await raw.closed()
  }
}

async function pollLong({ address, createTopic }: Stage): Promise<void> {
  await createTopic('polled')
  const reader = await connectRaw(address)
  const writer = await connectRaw(address)
  const poll = (offset: number, maxWaitMs: number) => reader.ask(1, 4, fetchBody('polled', { offset, maxWaitMs }))
  const waits: number[] = []
  const wakes: number[] = []
  for (let round = 0; round < 7; round++) {
    const startMs = performance.now()
    await poll(round, 300)
    waits.push(Math.abs(performance.now() - startMs - 300))
    const answered = poll(round, 5_000).then(() => performance.now())
    await Bun.sleep(30)
    await writer.ask(0, 7, produceBody('polled', recordBatch({ values: ['wake'] })))
    wakes.push((await answered) - performance.now())
  }
  reader.close()
  writer.close()
  // The median: one pause of a busy machine is not the broker's.
  expect(median(waits) <= 50, `a poll ended ${median(waits).toFixed(0)} ms from its maxWait`)
  expect(median(wakes) < 50, `a poll woke ${median(wakes).toFixed(0)} ms after the produce`)
}

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN
}
