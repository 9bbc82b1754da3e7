import { expect, it } from 'vitest'
import type { OpenDispatch } from './clock-store.ts'
import { decideLost } from './decide-lost.ts'

const wakeUp = (deliveryId: string) => ({
  deliveryId,
  notificationId: 'n',
  tenantId: 'default',
  recipientId: 'u',
  channel: 'EMAIL' as const,
  lane: 'normal' as const,
  dispatchId: 'x',
})
const dispatch = (parts: OpenDispatch['parts']): OpenDispatch => ({
  id: 'x',
  channel: 'EMAIL',
  lane: 'normal',
  parts,
  pending: [wakeUp('a'), wakeUp('b')],
})
const at = (committed: number | null, logStart = 0, logEnd = 100) => [{ partition: 0, logStart, logEnd, committed }]
const part = (lastOffset: number | null) => [{ partition: lastOffset === null ? null : 0, lastOffset, ids: ['a', 'b'] }]

it.each([
  ['its publish was never acknowledged', part(null), at(null), 2],
  ['its group committed beyond it', part(10), at(11), 2],
  ['the log begins after it', part(10), at(5, 11), 2],
  ['the topic was made anew and is shorter', part(10), at(null, 0, 10), 2],
  ['its partition is gone', part(10), [], 2],
  ['it is still in the queue', part(10), at(10), 0],
  ['its group has committed nothing yet', part(10), at(null), 0],
])('when %s', (_name, parts, positions, lost) => {
  expect(decideLost(dispatch(parts), positions).lost).toHaveLength(lost)
})

it('publishes only what no kept part still carries', () => {
  const parts = [
    { partition: 0, lastOffset: 50, ids: ['a'] },
    { partition: 1, lastOffset: 7, ids: ['b'] },
  ]
  const positions = [...at(3), { partition: 1, logStart: 0, logEnd: 9, committed: 8 }]
  const { lost, kept } = decideLost(dispatch(parts), positions)
  expect(lost.map((one) => one.deliveryId)).toEqual(['b'])
  expect(kept).toEqual([parts[0]])
})
