import { describe, expect, it } from 'vitest'
import { createClaimRoom } from './claim-room.ts'

describe('the room for claims', () => {
  it('has a quarter more than there are slots, and keeps the urgent ones’ free of normal ones', () => {
    const room = createClaimRoom(8, 2)
    expect(room.countFree('normal')).toBe(8)
    room.claim('normal', 8)
    expect(room.countFree('normal')).toBe(0)
    expect(room.countFree('urgent')).toBe(2)
    room.claim('urgent', 2)
    expect(room.countFree('urgent')).toBe(0)
  })

  it('gives the place of one that was answered to the next, while the row of the first is being written', () => {
    const room = createClaimRoom(4, 0)
    room.claim('normal', 5)
    room.leave('normal')
    room.startRecording('normal')
    expect(room.countFree('normal')).toBe(1)
    expect(room.countClaimed()).toBe(5)
    room.finishRecording('normal')
    expect(room.countClaimed()).toBe(4)
  })

  it('claims nothing more for a lane whose answers wait for their rows, and still for the other', () => {
    const room = createClaimRoom(4, 1)
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
    const room = createClaimRoom(1, 0)
    room.claim('normal', 1)
    room.leave('normal')
    room.startRecording('normal')
    expect([room.countFree('normal'), room.countFree('urgent')]).toEqual([0, 0])
    room.finishRecording('normal')
    expect([room.countFree('normal'), room.countFree('urgent')]).toEqual([1, 1])
  })
})
