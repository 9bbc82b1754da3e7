import { describe, expect, it, vi } from 'vitest'
import { createLaneQueue } from './lane-queue.ts'
import type { PreparedDelivery } from './prepare-deliveries.ts'

const records = (...ids: string[]) =>
  ids.map((deliveryId) => ({ deliveryId, tenantId: 'default', notificationId: 'n', recipientId: 'u' }))
const prepared: PreparedDelivery = Object.create(null)

describe('the wake-ups of a lane', () => {
  it('are all done when each of them is, whichever is done twice', async () => {
    const queue = createLaneQueue()
    const onDone = vi.fn()
    const done = queue.add(records('a', 'b')).then(onDone)
    const [a, b] = queue.takeWaiting(2)
    a?.done()
    a?.done()
    await Promise.resolve()
    await Promise.resolve()
    expect(onDone).not.toHaveBeenCalled()
    b?.done()
    await done
  })

  it('of an empty batch are done at once', async () => {
    await createLaneQueue().add([])
  })

  it('are taken in their order, and counted, however many were taken before', () => {
    const queue = createLaneQueue()
    void queue.add(records('a', 'b', 'c', 'd', 'e'))
    const taken: string[] = []
    for (const left of [4, 3, 2]) {
      taken.push(...queue.takeWaiting(1).map(({ id }) => id))
      expect(queue.countWaiting()).toBe(left)
    }
    void queue.add(records('f'))
    taken.push(...queue.takeWaiting(9).map(({ id }) => id))
    expect(taken).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(queue.countWaiting()).toBe(0)
  })

  it('wait again in front of the others once what was read of them is old', () => {
    const queue = createLaneQueue()
    void queue.add(records('a', 'b', 'c', 'd', 'e'))
    queue.addReady(
      queue.takeWaiting(2).map((ticket) => ({ ticket, prepared, preparedAtMs: ticket.id === 'a' ? 1 : 2 })),
    )
    expect(queue.takeReady(9, 2).map(({ ticket }) => ticket.id)).toEqual(['b'])
    expect(queue.takeWaiting(9).map(({ id }) => id)).toEqual(['a', 'c', 'd', 'e'])
  })

  it('are given up together with their batch, and those alone that nobody has taken', async () => {
    const queue = createLaneQueue()
    const taken = queue.add(records('taken'))
    const left = queue.add(records('left', 'with it'))
    const [one] = queue.takeWaiting(1)
    queue.abandon(new Error('closing'))
    await expect(left).rejects.toThrow('closing')
    one?.done()
    await taken
  })
})
