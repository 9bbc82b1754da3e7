import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSparseIndex } from './sparse-index.ts'

test('a search begins at or before the batch that holds the offset, or is the first of the time', () => {
  const batch = fc.record({ records: fc.integer({ min: 1, max: 50 }), bytes: fc.nat(40_000), time: fc.nat(1_000) })
  fc.assert(
    fc.property(fc.array(batch, { minLength: 1 }), fc.nat(100), fc.nat(1_000), (batches, at, time) => {
      const index = createSparseIndex()
      const placed: { offset: number; position: number; time: number }[] = []
      let offset = 0
      let position = 0
      for (const { records, bytes, time } of batches) {
        index.add(offset, position, time)
        placed.push({ offset, position, time })
        offset += records
        position += bytes + 61
      }
      const wanted = placed[at % placed.length]
      if (wanted) {
        expect(index.positionOfOffset(wanted.offset)).toBeLessThanOrEqual(wanted.position)
        expect(wanted.position - index.positionOfOffset(wanted.offset)).toBeLessThan(16 * 1024 + 1)
      }
      const firstInTime = placed.find((each) => each.time >= time)
      if (firstInTime) expect(index.positionOfTime(time)).toBeLessThanOrEqual(firstInTime.position)
    }),
  )
})
