import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeEntries, encodeEntries } from './offset-entry.ts'

const entry = fc.record({
  groupId: fc.string(),
  topic: fc.string(),
  partition: fc.nat(),
  // kafkajs resets a group by committing -2.
  offset: fc.integer({ min: -2 }),
  metadata: fc.option(fc.string()),
  committedAtMs: fc.nat(),
  isRemoval: fc.boolean(),
})

test('entries are read back up to the place where the log was torn', () => {
  fc.assert(
    fc.property(fc.array(entry), fc.nat(), (entries, cut) => {
      const whole = encodeEntries(entries)
      expect(decodeEntries(whole)).toEqual({ entries, intactBytes: whole.length })
      const torn = decodeEntries(whole.subarray(0, cut % (whole.length + 1)))
      expect(entries.slice(0, torn.entries.length)).toEqual(torn.entries)
      expect(torn.intactBytes).toBe(encodeEntries(torn.entries).length)
    }),
  )
})

test('a damaged entry and what follows it are left out', () => {
  const one = { groupId: 'g', topic: 't', partition: 0, offset: 5, metadata: 'm', committedAtMs: 1, isRemoval: false }
  const bytes = encodeEntries([one, one, one])
  bytes.writeUInt8(bytes.readUInt8(bytes.length / 2) ^ 1, bytes.length / 2)
  expect(decodeEntries(bytes)).toEqual({ entries: [one], intactBytes: bytes.length / 3 })
})
