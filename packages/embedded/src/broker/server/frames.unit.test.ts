import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFrameSplitter } from './frames.ts'

function frame(content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + content.length)
  bytes.writeInt32BE(content.length)
  bytes.set(content, 4)
  return bytes
}

test('frames come out whole and in order however the stream is cut', () => {
  const contents = fc.array(fc.uint8Array({ minLength: 10, maxLength: 2_000 }), { maxLength: 8 })
  fc.assert(
    fc.property(contents, fc.array(fc.integer({ min: 1, max: 700 })), (frames, cuts) => {
      const stream = Buffer.concat(frames.map(frame))
      const splitter = createFrameSplitter(5_000)
      const seen: string[] = []
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const length = cuts[turn % Math.max(1, cuts.length)] ?? 3
        // A copy, as a socket's chunk is.
        const chunk = Buffer.from(stream.subarray(at, at + length))
        expect(splitter.push(chunk, (whole) => seen.push(whole.toString('hex')) > 0)).toBeUndefined()
        at += length
      }
      expect(seen).toEqual(frames.map((content) => Buffer.from(content).toString('hex')))
      expect(splitter.heldBytes()).toBe(0)
    }),
  )
})

test('what was left when nobody wanted more comes out later, whole and in order', () => {
  const contents = Array.from({ length: 20 }, (_, index) => Buffer.alloc(10 + index * 7, index))
  const stream = Buffer.concat(contents.map(frame))
  for (const cut of [stream.length, 500, 3]) {
    const splitter = createFrameSplitter(5_000)
    const seen: Buffer[] = []
    const takeOne = (whole: Buffer) => seen.push(Buffer.from(whole)) % 3 !== 0
    for (let at = 0; at < stream.length; at += cut) {
      splitter.push(Buffer.from(stream.subarray(at, at + cut)), takeOne)
      expect(seen.length).toBeLessThanOrEqual(3 * Math.ceil((at + 1) / cut))
    }
    while (splitter.hasRest()) expect(splitter.resume(takeOne)).toBeUndefined()
    expect(seen).toEqual(contents)
    expect(splitter.heldBytes()).toBe(0)
  }
})

test('a size that is too large, too small or negative is refused, also byte by byte', () => {
  for (const size of [5_001, 2 ** 31 - 1, 9, 0, -1]) {
    const head = Buffer.alloc(4)
    head.writeInt32BE(size)
    expect(createFrameSplitter(5_000).push(head, () => true)).toMatch(`a frame of ${size} bytes`)
    const splitter = createFrameSplitter(5_000)
    const problems = [...head].map((byte) => splitter.push(Buffer.from([byte]), () => true))
    expect(problems.at(-1)).toMatch(`a frame of ${size} bytes`)
  }
})

test('a frame that is announced but does not come takes next to no memory', () => {
  const splitter = createFrameSplitter(100_000_000)
  const head = Buffer.alloc(12)
  head.writeInt32BE(90_000_000)
  splitter.push(head, () => true)
  expect(splitter.heldBytes()).toBeLessThan(1_000)
})
