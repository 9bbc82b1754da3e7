import { describe, expect, it, vi } from 'vitest'
import { ACCEPTED, ids, row, setUp } from './worker-set-up.ts'

describe('the slots of a delivery worker', () => {
  it('never hands over more at a time than it has slots for the lane', async () => {
    let inFlight = 0
    let most = 0
    const all = ids(40)
    const { deliver } = setUp({
      rows: all.map((id) => row(id)),
      async send() {
        most = Math.max(most, ++inFlight)
        await new Promise((resolve) => setTimeout(resolve, 2))
        inFlight -= 1
        return ACCEPTED
      },
    })
    await deliver(all)
    // One of the four is the urgent lane's; a fourth may be claimed ahead but not handed over.
    expect(most).toBe(3)
  })

  it('lets an urgent delivery pass a queue of normal ones that hang', async () => {
    const release = Promise.withResolvers<void>()
    const blast = ids(100, 'blast')
    const { deliver, worker } = setUp({
      rows: [...blast, 'code'].map((id) => row(id)),
      policy: { slots: 4, urgentSlots: 2 },
      async send({ deliveryId }) {
        if (deliveryId !== 'code') await release.promise
        return ACCEPTED
      },
    })
    const normal = deliver(blast)
    await vi.waitFor(() => expect(worker.readLoad().claimed).toBe(3))
    await deliver(['code'], 'urgent')
    release.resolve()
    await normal
    expect(worker.readLoad()).toMatchObject({ waiting: 0, claimed: 0 })
  })

  it('reads a row again that waited too long for its slot', async () => {
    const release = Promise.withResolvers<void>()
    const all = ids(6)
    let isFirst = true
    const { deliver, load } = setUp({
      rows: all.map((id) => row(id)),
      policy: { slots: 1, urgentSlots: 0 },
      async send() {
        if (isFirst) await release.promise
        isFirst = false
        return ACCEPTED
      },
    })
    const done = deliver(all)
    setTimeout(() => release.resolve(), 1_200)
    await done
    expect(load.mock.calls.filter(([asked]) => asked.includes('d5')).length).toBeGreaterThan(1)
  })

  it('claims and sends the next while the last are still being recorded', async () => {
    const release = Promise.withResolvers<void>()
    const all = ids(40)
    const { deliver, sent, worker } = setUp({ rows: all.map((id) => row(id)), beforeRecord: () => release.promise })
    const done = deliver(all)
    await vi.waitFor(() => expect(sent).toHaveLength(8))
    expect(worker.readLoad().claimed).toBe(8)
    release.resolve()
    await done
    expect(sent).toHaveLength(40)
    expect(worker.readLoad().claimed).toBe(0)
  })

  it('hands over the first of many before it has read the last, and claims a quarter of its slots at a time', async () => {
    const release = Promise.withResolvers<void>()
    const all = ids(1_500)
    const claims: number[] = []
    const { deliver, load, sent } = setUp({
      rows: all.map((id) => row(id)),
      policy: { slots: 1_000, urgentSlots: 0 },
      beforeClaim: async (claimed) => void claims.push(claimed.length),
    })
    const read = load.getMockImplementation()
    load.mockImplementation(async (asked) => {
      if (asked.includes('d1499')) await release.promise
      return read?.(asked) ?? []
    })
    const done = deliver(all)
    await vi.waitFor(() => expect(sent).toHaveLength(1_000))
    release.resolve()
    await done
    expect(sent).toHaveLength(1_500)
    expect(Math.max(...claims)).toBe(250)
  })

  it('reads rows by many, and not a few with every slot that becomes free', async () => {
    const all = ids(1_000)
    let answered = 0
    const { deliver, load } = setUp({
      rows: all.map((id) => row(id)),
      policy: { slots: 100, urgentSlots: 0 },
      async send() {
        await new Promise((resolve) => setTimeout(resolve, ++answered % 10))
        return ACCEPTED
      },
    })
    await deliver(all)
    expect(load.mock.calls.length).toBeLessThanOrEqual(10)
  })

  it('of a fresh process are filled once a first message was answered', async () => {
    const release = Promise.withResolvers<void>()
    const all = ids(20)
    const { deliver, sent } = setUp({
      rows: all.map((id) => row(id)),
      policy: { firstAnswerMsMax: 60_000 },
      async send() {
        if (sent.length === 1) await release.promise
        return ACCEPTED
      },
    })
    const done = deliver(all)
    await vi.waitFor(() => expect(sent).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(sent).toHaveLength(1)
    release.resolve()
    await done
    expect(sent.toSorted()).toEqual(all.toSorted())
  })
})
