import { describe, expect, it } from 'vitest'
import { createSlots } from './slots.ts'

function fill(slots: ReturnType<typeof createSlots>, names: readonly string[]) {
  const entered: string[] = []
  for (const name of names) slots.enter(name.startsWith('urgent'), () => entered.push(name))
  return entered
}

describe('the slots of a channel', () => {
  it('keep some free for urgent hand-overs, however many others wait', () => {
    const slots = createSlots(3, 1)
    const entered = fill(slots, ['a', 'b', 'c'])
    expect(entered).toEqual(['a', 'b'])
    expect(fill(slots, ['urgent 1', 'urgent 2'])).toEqual(['urgent 1'])
  })

  it('may all be taken by urgent ones, and let them in before those who waited longer', () => {
    const slots = createSlots(2, 1)
    const entered = fill(slots, ['urgent 1', 'urgent 2', 'a', 'urgent 3'])
    expect(entered).toEqual(['urgent 1', 'urgent 2'])
    slots.leave(true)
    expect(entered).toEqual(['urgent 1', 'urgent 2', 'urgent 3'])
    slots.leave(true)
    expect(entered.at(-1)).toBe('a')
  })

  it('count each release for whom it was taken', () => {
    const slots = createSlots(2, 1)
    const entered = fill(slots, ['a', 'b', 'c'])
    expect(entered).toEqual(['a'])
    for (const next of ['b', 'c']) {
      slots.leave(false)
      expect(entered.at(-1)).toBe(next)
    }
  })
})
