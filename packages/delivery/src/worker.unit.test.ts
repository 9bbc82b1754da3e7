import { describe, expect, it, vi } from 'vitest'
import { ids, row, setUp } from './worker-set-up.ts'

describe('the delivery worker', () => {
  it('hands every pending delivery over once and answers when the rows say so', async () => {
    const all = ids(250)
    const { deliver, sent, results, fatal } = setUp({ rows: all.map((id) => row(id)) })
    await deliver(all)
    expect(sent.toSorted()).toEqual(all.toSorted())
    expect(results.filter((result) => result.status === 'SENT')).toHaveLength(250)
    expect(fatal).not.toHaveBeenCalled()
  })

  it('sends nothing for a row that is not pending, is gone, or was claimed by another', async () => {
    const { deliver, sent } = setUp({
      rows: [row('moved', { isPending: false }), row('stopped')],
      claimed: () => 'CANCELLED',
    })
    await deliver(['moved', 'stopped', 'gone'])
    expect(sent).toEqual([])
  })

  it('asks the provider about rows that are unknown before it lets go of their wake-ups', async () => {
    const asked = Promise.withResolvers<void>()
    const loadUnknown = vi.fn(async () => {
      await asked.promise
      return []
    })
    const lookUps = {
      store: { loadUnknown, findTaken: async () => new Set<string>(), giveUpAsking: async () => undefined },
      observe: () => undefined,
    }
    const { deliver, sent } = setUp({ rows: [row('pending'), row('unknown', { isPending: false })], lookUps })
    const done = vi.fn()
    const delivering = deliver(['pending', 'unknown']).then(done)
    await vi.waitFor(() => expect(loadUnknown).toHaveBeenCalledWith(['unknown']))
    await vi.waitFor(() => expect(sent).toEqual(['pending']))
    expect(done).not.toHaveBeenCalled()
    asked.resolve()
    await delivering
  })

  it('claims a delivery once that stands twice in a batch', async () => {
    const { deliver, sent } = setUp({ rows: [row('a')] })
    await deliver(['a', 'a'])
    expect(sent).toEqual(['a'])
  })

  it('hands over once what stands twice in a claim, woken in two batches while another claim was under way', async () => {
    const release = Promise.withResolvers<void>()
    const { deliver, sent, load } = setUp({
      rows: ['first', 'a'].map((id) => row(id)),
      beforeClaim: async (claimedIds) => (claimedIds.includes('first') ? release.promise : undefined),
    })
    const done = [deliver(['first'])]
    for (const times of [2, 3]) {
      await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(times - 1))
      done.push(deliver(['a']))
      await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(times))
    }
    release.resolve()
    await Promise.all(done)
    expect(sent).toEqual(['first', 'a'])
  })

  it('takes a channel that throws or stays silent for unknown, never for not sent', async () => {
    const { deliver, results } = setUp({
      rows: [row('throws'), row('silent')],
      policy: { timeoutMs: 300 },
      send: ({ deliveryId }) => (deliveryId === 'throws' ? Promise.reject(new Error('bug')) : new Promise(() => {})),
    })
    await deliver(['throws', 'silent'])
    expect(results.map(({ id, status, reason }) => [id, status, reason]).toSorted()).toEqual([
      ['silent', 'UNKNOWN', 'timeout'],
      ['throws', 'UNKNOWN', 'channel_threw'],
    ])
  })
})
