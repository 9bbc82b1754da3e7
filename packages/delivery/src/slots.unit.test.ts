import { describe, expect, it } from 'vitest'
import { createSlots } from './slots.ts'

async function fill(slots: ReturnType<typeof createSlots>, names: readonly string[]) {
  const entered: string[] = []
  for (const name of names) void slots.acquire(name.startsWith('urgent')).then(() => entered.push(name))
  await Promise.resolve()
  await Promise.resolve()
  return entered
}

describe('the slots of a channel', () => {
  it('keep some free for urgent hand-overs, however many others wait', async () => {
    const slots = createSlots(3, 1)
    const entered = await fill(slots, ['a', 'b', 'c'])
    expect(entered).toEqual(['a', 'b'])
    expect(await fill(slots, ['urgent 1', 'urgent 2'])).toEqual(['urgent 1'])
  })

  it('may all be taken by urgent ones, and let them in before those who waited longer', async () => {
    const slots = createSlots(2, 1)
    const entered = await fill(slots, ['urgent 1', 'urgent 2', 'a', 'urgent 3'])
    expect(entered).toEqual(['urgent 1', 'urgent 2'])
    slots.release(true)
    await Promise.resolve()
    expect(entered).toEqual(['urgent 1', 'urgent 2', 'urgent 3'])
    slots.release(true)
    await Promise.resolve()
    expect(entered.at(-1)).toBe('a')
  })

  it('count each release for whom it was taken', async () => {
    const slots = createSlots(2, 1)
    const entered = await fill(slots, ['a', 'b', 'c'])
    expect(entered).toEqual(['a'])
    for (const next of ['b', 'c']) {
      slots.release(false)
      await Promise.resolve()
      expect(entered.at(-1)).toBe(next)
    }
  })
})
