import { afterEach, describe, expect, it, vi } from 'vitest'
import { createClaimRoom } from './claim-room.ts'

afterEach(() => void vi.useRealTimers())

const openRoom = (slots: number, urgentSlots: number) =>
  createClaimRoom(slots, urgentSlots, { msMax: 0, onOpen: () => undefined })

describe('the room for claims', () => {
  it('has a quarter more than there are slots, and keeps the urgent ones’ free of normal ones', () => {
    const room = openRoom(8, 2)
    expect(room.countFree('normal')).toBe(8)
    room.claim('normal', 8)
    expect(room.countFree('normal')).toBe(0)
    expect(room.countFree('urgent')).toBe(2)
    room.claim('urgent', 2)
    expect(room.countFree('urgent')).toBe(0)
  })

  it('gives the place of one that was answered to the next, while the row of the first is being written', () => {
    const room = openRoom(4, 0)
    room.claim('normal', 5)
    room.leave('normal')
    room.startRecording('normal')
    expect(room.countFree('normal')).toBe(1)
    expect(room.countClaimed()).toBe(5)
    room.finishRecording('normal')
    expect(room.countClaimed()).toBe(4)
  })

  it('claims nothing more for a lane whose answers wait for their rows, and still for the other', () => {
    const room = openRoom(4, 1)
    for (let answered = 0; answered < 6; answered++) {
      room.claim('normal', 1)
      room.leave('normal')
      room.startRecording('normal')
    }
    expect(room.countFree('normal')).toBe(0)
    expect(room.countFree('urgent')).toBe(5)
    room.finishRecording('normal')
    expect(room.countFree('normal')).toBe(4)
  })

  it('has one message in doubt at a time where there is one slot', () => {
    const room = openRoom(1, 0)
    room.claim('normal', 1)
    room.leave('normal')
    room.startRecording('normal')
    expect([room.countFree('normal'), room.countFree('urgent')]).toEqual([0, 0])
    room.finishRecording('normal')
    expect([room.countFree('normal'), room.countFree('urgent')]).toEqual([1, 1])
  })

  it('asks with one message until there was an answer, whichever lane it is of', () => {
    const room = createClaimRoom(8, 2, { msMax: 1_000, onOpen: () => undefined })
    expect([room.countFree('normal'), room.countFree('urgent')]).toEqual([1, 1])
    room.claim('normal', 1)
    expect([room.countFree('normal'), room.countFree('urgent')]).toEqual([0, 0])
    room.prove()
    room.leave('normal')
    expect([room.countFree('normal'), room.countFree('urgent')]).toEqual([8, 10])
  })

  it('does not wait for ever for the first answer', () => {
    vi.useFakeTimers()
    const onOpen = vi.fn()
    const room = createClaimRoom(8, 2, { msMax: 1_000, onOpen })
    room.claim('urgent', 1)
    vi.advanceTimersByTime(999)
    expect([onOpen.mock.calls.length, room.countFree('urgent')]).toEqual([0, 0])
    vi.advanceTimersByTime(1)
    expect([onOpen.mock.calls.length, room.countFree('urgent')]).toEqual([1, 9])
  })
})
